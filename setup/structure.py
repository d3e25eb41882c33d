"""Holds the house's structure: which crate and which wing may use which, how far a knot of modules
may grow, and that a doc line says something.

    setup/structure.py [root of the workspace]

It prints what it refuses, one finding a line or block, and ends with 1 where there is any.
"""

import dataclasses
import pathlib
import re
import sys
import tomllib

# The floors, from the ground up: a crate may use lower floors, and of its own what is named here.
# What stands beside the programs is a floor above them.
FLOORS = [
    ("ground", {"policy": (), "config": ("policy",), "broker": ("config",)}),
    ("shared", dict.fromkeys(("api", "program", "traffic", "chart"), ())),
    ("programs", dict.fromkeys(("controller", "worker", "producer", "sim"), ())),
    (
        "beside",
        {"insults": (), "testbed": (), "demo": ("testbed",), "lab": ("testbed",), "e2e": ("testbed", "lab")},
    ),
]

# The wings of a crate, folders of its src/, each with the wings that it may not use.
WINGS = {"producer": {"load": {"probe", "sweep"}, "report": {"cli", "load", "probe", "sweep"}}}

# As many modules may import each other in a loop: a parent with its children, not a wing.
CYCLE_MAX = 4

# A doc line of these and at most one word more, as in "They." or "It does.", says nothing.
PRONOUNS = (
    "it they them this that these those which who whom whose what why when where how so then there"
    " all both none nothing everything something anything nobody somebody anywhere"
).split()
EMPTY_DOC = re.compile(
    rf"//[/!] (?:(?:of|on|by|for|from|in|through|to|with) )?(?:{'|'.join(PRONOUNS)})(?: \w+)?\.$",
    re.IGNORECASE,
)


# The crates.


def dependencies(manifest):
    """The dependencies of a Cargo.toml, those of one platform too: each key, and what it says."""
    for table in (manifest, *manifest.get("target", {}).values()):
        for kind in ("dependencies", "build-dependencies", "dev-dependencies"):
            yield from table.get(kind, {}).items()


def arrows_up(root):
    """What a crate's Cargo.toml names that its floor does not permit."""
    workspace = tomllib.loads((root / "Cargo.toml").read_text())["workspace"]
    floor_of = {crate: floor for floor, (_, crates) in enumerate(FLOORS) for crate in crates}
    manifests = {
        member: tomllib.loads((root / member / "Cargo.toml").read_text()) for member in workspace["members"]
    }
    crate_of = {
        manifest.get("package", {}).get("name", member): member for member, manifest in manifests.items()
    }
    for member, manifest in manifests.items():
        if member not in floor_of:
            yield f"{member}/Cargo.toml: no floor of setup/structure.py has this crate"
            continue
        floor, (name, crates) = floor_of[member], FLOORS[floor_of[member]]
        for key, says in dependencies(manifest):
            if isinstance(says, dict) and says.get("workspace"):
                says = workspace.get("dependencies", {}).get(key, {})
            # Whatever the key is, and whatever the path: Cargo refuses a package of another name.
            package = says.get("package", key) if isinstance(says, dict) else key
            dependency = crate_of.get(package)
            there = floor_of.get(dependency, -1)
            if there < floor or (there == floor and dependency in crates[member]):
                continue
            yield (
                f"{member}/Cargo.toml: {member} ({name}) may not use {dependency}"
                f" ({FLOORS[there][0]})"
            )


# The modules of a crate.


def without_text(source):
    """Rust without comments, texts, characters and the `r#` of names, each line where it was."""
    token = re.compile(
        r"""//[^\n]*|/\*.*?\*/|\bb?r(?P<h>\#*)".*?"(?P=h)|b?"(?:\\.|[^"\\])*"|b?'(?:\\.[^']*|[^'\\])'""",
        re.DOTALL,
    )
    code = token.sub(lambda found: "\n" * found.group().count("\n") or " ", source)
    return re.sub(r"\br#(?=[A-Za-z_])", "", code)


def end_of_block(code, start):
    """Where the braces that open at `start` are closed."""
    depth = 0
    for at in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return at + 1
    return len(code)


def without_tests(code):
    """Code without the items that only a test build has."""
    while found := re.search(r"#!?\[cfg\(test\)\]", code):
        item = re.compile(r"[{;]").search(code, found.end())
        if not item:
            break
        end = item.end() if item.group() == ";" else end_of_block(code, item.start())
        code = code[: found.start()] + code[end:]
    return code


def leaves(tree):
    """The paths of a `use` tree, each with the name that it brings."""
    tree = tree.strip()
    if (brace := tree.find("{")) >= 0:
        head = [part.strip() for part in tree[:brace].split("::") if part.strip()]
        depth, part, parts = 0, "", []
        for sign in tree[brace + 1 : tree.rindex("}")]:
            depth += {"{": 1, "}": -1}.get(sign, 0)
            if sign == "," and depth == 0:
                parts.append(part)
                part = ""
            else:
                part += sign
        for inner in filter(str.strip, [*parts, part]):
            for path, name in leaves(inner):
                if path == ["self"]:
                    yield head, name if name != "self" else head[-1]
                else:
                    yield head + path, name
        return
    path, _, alias = tree.partition(" as ")
    path = [part.strip() for part in path.split("::") if part.strip()]
    yield path, alias.strip() or path[-1]


@dataclasses.dataclass
class Module:
    file: str
    parent: "Module | None"
    children: dict = dataclasses.field(default_factory=dict)
    items: set = dataclasses.field(default_factory=set)
    imports: dict = dataclasses.field(default_factory=dict)  # name -> path
    shown: set = dataclasses.field(default_factory=set)  # imports that are `pub use`
    globs: list = dataclasses.field(default_factory=list)
    code: str = ""

    @property
    def root(self):
        return self.parent.root if self.parent else self

    def everywhere(self):
        yield self
        for child in self.children.values():
            yield from child.everywhere()


def read_module(file, root, parent, folder):
    module = Module(str(file.relative_to(root)), parent)
    fill(module, without_tests(without_text(file.read_text())), root, folder)
    return module


def fill(module, code, root, folder):
    while found := re.search(r"\bmod\s+(\w+)\s*\{", code):
        end = end_of_block(code, found.end() - 1)
        child = module.children[found.group(1)] = Module(module.file, module)
        fill(child, code[found.end() : end - 1], root, folder / found.group(1))
        code = code[: found.start()] + code[end:]
    for name in re.findall(r"\bmod\s+(\w+)\s*;", code):
        for file in (folder / f"{name}.rs", folder / name / "mod.rs"):
            if file.exists():
                module.children[name] = read_module(file, root, module, folder / name)
    code = re.sub(r"\bmod\s+\w+\s*;", "", code)
    for shown, tree in re.findall(r"(\bpub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);", code):
        for path, name in leaves(" ".join(tree.split())):
            if name == "*":
                module.globs.append(path[:-1])
                continue
            if name == "_":
                name = f"_{len(module.imports)}"
            module.imports[name] = path
            if shown:
                module.shown.add(name)
    module.code = re.sub(r"\buse\s+[^;]+;", "", code)
    flat, depth = [], 0
    for sign in module.code:
        depth -= sign == "}"
        flat.append(sign if depth == 0 else " ")
        depth += sign == "{"
    item = (
        r"\b(?:fn|struct|enum|trait|type|union|macro_rules!|const|static|static\s+mut)"
        r"\s+(?!(?:async|extern|fn|mut|unsafe)\b)(\w+)"
    )
    module.items = set(re.findall(item, "".join(flat)))


def resolve(module, path, seen=()):
    """The module that a path leads to, or the file that defines what it names; None: not here."""
    if (id(module), tuple(path)) in seen:
        return None
    seen = (*seen, (id(module), tuple(path)))
    here, rest = module, path
    while rest and rest[0] in ("crate", "self", "super"):
        here = {"crate": here.root, "self": here, "super": here.parent}[rest[0]]
        rest = rest[1:]
    for at, name in enumerate(rest):
        if name in here.children:
            here = here.children[name]
        elif name in here.imports:
            whole = here.imports[name]
            # `use worker::worker` means another crate.
            return None if whole[0] == name else resolve(here, whole + rest[at + 1 :], seen)
        elif name in here.items:
            return here.file
        else:
            for glob in here.globs:
                if found := resolve(here, glob + rest[at:], seen):
                    return found
            return None
    return here


def imports(module):
    """The files that a module uses, each with a name that it uses there."""
    found = []
    words = set(re.findall(r"\w+", module.code))
    for name, path in module.imports.items():
        # A name that is only handed on is used by whoever takes it.
        if name not in module.shown or name in words:
            found.append((path[-1], resolve(module, path)))
    for path in re.findall(r"(?<![\w:])\w+(?:\s*::\s*\w+)+", module.code):
        path = re.split(r"\s*::\s*", path)
        found.append(("::".join(path), resolve(module, path)))
    for glob in module.globs:
        if isinstance(there := resolve(module, glob), Module):
            names = (words & (there.items | there.imports.keys())) - module.items
            found.extend((name, resolve(there, [name])) for name in names)
    for name, target in found:
        if isinstance(target, str) and target != module.file:
            yield target, name


def circles(edges):
    """The groups of nodes that reach each other, by Tarjan."""
    index, low, stack, result = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            result.append(stack[at:])
            del stack[at:]

    for node in edges:
        if node not in index:
            visit(node)
    return result


def uses(root, member):
    """Which file of a crate uses which, and the names that it uses there."""
    source = root / member / "src"
    edges = {}
    for start in [source / "lib.rs", source / "main.rs", *sorted(source.glob("bin/*.rs"))]:
        if not start.exists():
            continue
        for module in read_module(start, root, None, start.parent).everywhere():
            for target, name in imports(module):
                edges.setdefault(module.file, {}).setdefault(target, set()).add(name)
    return edges


def knots(member, edges):
    """The cycles of a crate that are too large, each with the names that tie it."""
    for circle in circles(edges):
        if len(circle) > CYCLE_MAX:
            lines = [f"{member}: {len(circle)} modules import each other in a cycle (at most {CYCLE_MAX}):"]
            for file in sorted(circle):
                for target in sorted(edges[file].keys() & set(circle)):
                    names = ", ".join(sorted(edges[file][target]))
                    lines.append(f"  {file} -> {target}: {names}")
            yield "\n".join(lines)


def wing(file):
    """The folder of src/ that a file is in, or is the module of: `report` for src/report.rs."""
    return pathlib.PurePath(file).parts[2].removesuffix(".rs")


def crossings(member, edges):
    """What a wing uses of a wing that it may not use."""
    for file, targets in edges.items():
        for target in sorted(targets):
            if wing(target) in WINGS.get(member, {}).get(wing(file), ()):
                names = ", ".join(sorted(targets[target]))
                yield f"{file}: {wing(file)} may not use {wing(target)}: {names} of {target}"


def elsewhere(root, member):
    """Modules whose file has another name: none of the checks above would read it."""
    for file in sorted((root / member / "src").rglob("*.rs")):
        if re.search(r"#\[(?:cfg_attr\([^\]]*,\s*)?path\s*=", without_text(file.read_text())):
            yield f"{file.relative_to(root)}: a module is in the file of its name, without `path`"


# The prose.


def empty_docs(root, member):
    for file in sorted((root / member).rglob("*.rs")):
        if "target" in file.relative_to(root).parts:
            continue
        lines = [line.strip() for line in file.read_text().splitlines()]
        for at, line in enumerate(lines):
            around = lines[max(at - 1, 0) : at] + lines[at + 1 : at + 2]
            if EMPTY_DOC.match(line) and not any(other.startswith(line[:3]) for other in around):
                yield f"{file.relative_to(root)}:{at + 1}: says nothing: {line}"


def findings(root):
    yield from arrows_up(root)
    for member in tomllib.loads((root / "Cargo.toml").read_text())["workspace"]["members"]:
        edges = uses(root, member)
        yield from knots(member, edges)
        yield from crossings(member, edges)
        yield from elsewhere(root, member)
        yield from empty_docs(root, member)


def main():
    root = pathlib.Path(sys.argv[1] if sys.argv[1:] else __file__).resolve()
    found = list(findings(root if root.is_dir() else root.parent.parent))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
