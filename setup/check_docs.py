"""Reads every Markdown page as a reader would click through it. `make lint` runs it.

    python3 setup/check_docs.py

Each relative link leads to a file, and to a heading where it names one; each `make TARGET`, each
script of setup/ and each path of the checkout that a page names is there; and the README stays
short. Links to other hosts are not followed.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
README_WORDS_MAX = 900


def slug(heading):
    """GitHub's name for a heading: lower case, no punctuation, a hyphen for each space."""
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def without_code(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page):
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text()), flags=re.MULTILINE)
    return {slug(heading) for heading in headings}


def mistakes(page):
    text = page.read_text()
    prose = re.sub(r"`[^`\n]*`", "", without_code(text))
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            yield f"{link} leads nowhere"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            yield f"{link}: {target.name} has no such heading"
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"(?:^|`)(?:\w+=\S+ )*make ([a-z]+)", text, flags=re.MULTILINE)):
        if not re.search(rf"^{target}:", makefile, flags=re.MULTILINE):
            yield f"there is no make {target}"
    for script in set(re.findall(r"setup/\w+\.(?:sh|py)", text)):
        if not (ROOT / script).exists():
            yield f"there is no {script}"
    for path in set(re.findall(r"`(\w+/[\w./-]+)`", text)):
        is_ours = (ROOT / path.split("/")[0]).is_dir() and not path.startswith("target/")
        if is_ours and "NAME" not in path and not (ROOT / path).exists():
            yield f"there is no {path}"
    words = len(text.split())
    if page == ROOT / "README.md" and words > README_WORDS_MAX:
        yield f"{words} words, more than {README_WORDS_MAX}: move some to docs/"


def main():
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    pages = [page for page in map(ROOT.joinpath, files.split()) if page.exists()]
    found = [f"{page.relative_to(ROOT)}: {what}" for page in pages for what in mistakes(page)]
    print("\n".join(found) or f"{len(pages)} pages, every link leads somewhere")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
