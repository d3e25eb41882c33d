"""Holds the house's structure: what may stand on what, how far a knot of modules may grow, and that
a doc line says something.

    setup/structure.py [root of the workspace]

It prints what it refuses, one finding a line or block, and ends with 1 where there is any.
"""

import dataclasses
import pathlib
import re
import sys
import tomllib

# The floors, from the ground up. A crate stands on lower floors, and on its own where that says so;
# what stands beside the programs may use everything, and nothing of the house uses it.
FLOORS = [
    ("ground", {"policy", "config", "broker"}, True),
    ("shared", {"api", "program", "traffic", "chart"}, True),
    ("programs", {"controller", "worker", "producer", "sim"}, False),
    ("beside", {"demo", "insults", "testbed", "lab", "e2e"}, True),
]

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


def arrows_up(root):
    """What a crate's Cargo.toml names that its floor does not permit."""
    workspace = tomllib.loads((root / "Cargo.toml").read_text())["workspace"]
    floor_of = {crate: floor for floor, (_, crates, _) in enumerate(FLOORS) for crate in crates}
    for member in workspace["members"]:
        if member not in floor_of:
            yield f"{member}/Cargo.toml: no floor of setup/structure.py has this crate"
            continue
        manifest = tomllib.loads((root / member / "Cargo.toml").read_text())
        floor, (name, _, among_each_other) = floor_of[member], FLOORS[floor_of[member]]
        for kind in ("dependencies", "build-dependencies", "dev-dependencies"):
            for dependency in manifest.get(kind, {}):
                there = floor_of.get(dependency)
                if there is None or there < floor or (there == floor and among_each_other):
                    continue
                yield (
                    f"{member}/Cargo.toml: {member} ({name}) may not use {dependency}"
                    f" ({FLOORS[there][0]})"
                )


# The modules of a crate.


def without_text(source):
    """Rust without comments, texts and characters, each line where it was."""
    token = re.compile(
        r"""//[^\n]*|/\*.*?\*/|\bb?r(?P<h>\#*)".*?"(?P=h)|b?"(?:\\.|[^"\\])*"|b?'(?:\\.[^']*|[^'\\])'""",
        re.DOTALL,
    )
    return token.sub(lambda found: "\n" * found.group().count("\n") or " ", source)


def end_of_block(code, start):
    """Where the braces that open at `start` are closed."""
    depth = 0
    for at in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return at + 1
    return len(code)


def without_tests(code):
    """Code without the items that only a test build has; their modules' names come beside."""
    tests = set()
    while found := re.search(r"#!?\[cfg\(test\)\]", code):
        item = re.compile(r"[{;]").search(code, found.end())
        if not item:
            break
        end = item.end() if item.group() == ";" else end_of_block(code, item.start())
        if module := re.search(r"\bmod\s+(\w+)", code[found.end() : item.end()]):
            tests.add(module.group(1))
        code = code[: found.start()] + code[end:]
    return code, tests


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
    code, _ = without_tests(without_text(file.read_text()))
    fill(module, code, root, folder)
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
    item = r"\b(?:fn|struct|enum|trait|type|const|static|union|macro_rules!)\s+(\w+)"
    module.items = set(re.findall(item, "".join(flat)))


def resolve(module, path, seen=()):
    """The module that a path leads to, or the file that defines what it names; None: not here."""
    if (id(module), tuple(path)) in seen:
        return None
    seen = (*seen, (id(module), tuple(path)))
    first, *rest = path
    if first == "crate":
        here = module.root
    elif first == "self":
        here = module
    elif first == "super":
        here = module.parent
        while rest and rest[0] == "super":
            here, rest = here.parent, rest[1:]
    else:
        here, rest = module, path
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
    """The files that a module uses, each with a name that it uses there.

    A file with an `impl Pool` of its own does not use Pool by that: it is a part of it.
    """
    found = []
    continued = set(re.findall(r"\bimpl(?:<[^{]*?>)?\s+(\w+)(?:<[^{]*?>)?\s*\{", module.code))
    words = set(re.findall(r"\w+", module.code))
    for name, path in module.imports.items():
        # A name that is only handed on is used by whoever takes it.
        if name not in module.shown or name in words:
            found.append((path[-1], resolve(module, path)))
    for path in re.findall(r"(?<![\w:])\w+(?:\s*::\s*\w+)+", module.code):
        path = re.split(r"\s*::\s*", path)
        while path and isinstance(target := resolve(module, path), Module):
            path = path[:-1] if len(path) < 2 else None
        if path:
            found.append(("::".join(path), target))
    for glob in module.globs:
        if isinstance(there := resolve(module, glob), Module):
            names = (words & (there.items | there.imports.keys())) - module.items
            found.extend((name, resolve(there, [name])) for name in names)
    for name, target in found:
        if isinstance(target, str) and target != module.file and name.split("::")[0] not in continued:
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


def knots(root, member):
    """The cycles of a crate that are too large, each with the names that tie it."""
    source = root / member / "src"
    edges = {}
    for start in [source / "lib.rs", source / "main.rs", *sorted(source.glob("bin/*.rs"))]:
        if not start.exists():
            continue
        for module in read_module(start, root, None, start.parent).everywhere():
            for target, name in imports(module):
                edges.setdefault(module.file, {}).setdefault(target, set()).add(name)
    for circle in circles(edges):
        if len(circle) > CYCLE_MAX:
            lines = [f"{member}: {len(circle)} modules import each other in a cycle (at most {CYCLE_MAX}):"]
            for file in sorted(circle):
                for target in sorted(edges[file].keys() & set(circle)):
                    names = ", ".join(sorted(edges[file][target]))
                    lines.append(f"  {file} -> {target}: {names}")
            yield "\n".join(lines)


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
        yield from knots(root, member)
        yield from empty_docs(root, member)


def main():
    root = pathlib.Path(sys.argv[1] if sys.argv[1:] else __file__).resolve()
    found = list(findings(root if root.is_dir() else root.parent.parent))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
