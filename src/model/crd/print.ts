// SPDX-License-Identifier: Apache-2.0
/** The CRDs as YAML files. */
import { dump } from 'js-yaml';
import { customResourceDefinition, NAMINGS } from './definitions.ts';

export function crdFiles(): { file: string; text: string }[] {
  return NAMINGS.map((naming) => ({
    file: `cilium.io_${naming.plural}.yaml`,
    text: `# SPDX-License-Identifier: Apache-2.0\n# Printed by generate.ts.\n---\n${dump(customResourceDefinition(naming), { noRefs: true, lineWidth: 110 })}`,
  }));
}
