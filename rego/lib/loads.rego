# METADATA
# scope: package
# title: Facts that rules about loads of BPF programs share
# description: >-
#   A request is judged beforehand, by what the kernel can tell of it: the loader's executable, where it runs, as
#   which user. `input.load.programs` are the things it may ask for; a finding names one by its place.
package tracegate.loads

load := input.load

programs := input.load.programs

bpf := data.organisation.bpf

# METADATA
# description: The entry of the allow-list that names the loader by its path, and by its digest where that is given.
entry := fitting[0] if {
	load.state == "known"
	fitting := [one | some one in bpf.loaders; names_loader(one)]
	count(fitting) > 0
}

names_loader(one) if {
	one.path == load.loader.path
	not one.sha256
}

names_loader(one) if {
	one.path == load.loader.path
	load.loader.digest in one.sha256
}

listed if entry

# METADATA
# description: What the host itself cannot do without, for the types of programs it needs that for.
essential if {
	load.state == "known"
	load.loader.path in bpf.essential
}

interpreter if fits_any(basename(load.loader.path), bpf.interpreters)

# METADATA
# description: Whether the loader may load programs of a type at all.
permitted(_) if {
	entry
	not entry.types
}

permitted(type) if fits_any(type, entry.types)

permitted(type) if {
	essential
	type in bpf.essentialTypes
}

permitted(type) if {
	load.state == "known"
	type in load.loader.learned
}

# METADATA
# description: The allow-list says in so many words that the loader may do it.
granted(what) if what in entry.may

path(index) := $"/load/programs/{index}"

# METADATA
# description: Who asks, in words.
who := "a loader that nobody knows" if {
	load.state == "unknown"
} else := load.loader.path

basename(path_) := parts[count(parts) - 1] if parts := split(path_, "/")

fits_any(name, patterns) if name in patterns

fits_any(name, patterns) if {
	some pattern in patterns
	endswith(pattern, "*")
	startswith(name, trim_suffix(pattern, "*"))
}
