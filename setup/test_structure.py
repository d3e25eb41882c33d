"""Shows setup/structure.py small workspaces, good ones and bad ones.

    setup/test_structure.py
"""

import pathlib
import tempfile
import unittest

import structure


class Structure(unittest.TestCase):
    def refused(self, files, workspace=""):
        """What is found in a workspace of these crates: the path of each file, and what it says."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            crates = sorted({path.split("/")[0] for path in files})
            members = ", ".join(f'"{crate}"' for crate in crates)
            files = {f"{crate}/Cargo.toml": "" for crate in crates} | files
            files["Cargo.toml"] = f"[workspace]\nmembers = [{members}]\n{workspace}"
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            return "\n".join(structure.findings(root))

    def ring(self, size, test=False):
        """Modules m0 to m4, of which the first `size` import each other in a ring."""
        gate = "#[cfg(test)]\n" if test else ""
        files = {"policy/src/lib.rs": "".join(f"pub mod m{n};\n" for n in range(5))}
        for n in range(5):
            after = (n + 1) % size
            uses = f"{gate}use crate::m{after}::M{after};\n" if n < size else ""
            files[f"policy/src/m{n}.rs"] = f"{uses}pub struct M{n};\n"
        return files

    def test_an_arrow_may_point_down_and_never_up(self):
        down = {"config/Cargo.toml": "[dependencies]\npolicy.workspace = true\n", "policy/src/lib.rs": ""}
        self.assertEqual(self.refused(down), "")
        up = {"policy/Cargo.toml": "[dependencies]\nworker.workspace = true\n", "worker/src/lib.rs": ""}
        self.assertIn("policy (ground) may not use worker (programs)", self.refused(up))
        aside = {"sim/Cargo.toml": "[dev-dependencies]\nworker.workspace = true\n", "worker/src/lib.rs": ""}
        self.assertIn("sim (programs) may not use worker (programs)", self.refused(aside))

    def test_an_arrow_is_seen_whatever_its_key_and_platform(self):
        named = {"worker/Cargo.toml": '[package]\nname = "warren-worker"\n'}
        for dependency in (
            '[dependencies]\nwarren-worker = { path = "../worker" }\n',
            '[dependencies]\nw = { package = "warren-worker", path = "../worker" }\n',
            "[dependencies]\nw.workspace = true\n",
            "[target.'cfg(unix)'.dev-dependencies]\nw = { workspace = true, features = [] }\n",
        ):
            found = self.refused(
                {"policy/Cargo.toml": dependency} | named,
                workspace='[workspace.dependencies]\nw = { package = "warren-worker", path = "worker" }\n',
            )
            self.assertIn("policy (ground) may not use worker (programs)", found)
        other = '[dependencies]\nworker = "1"\n'
        self.assertEqual(self.refused({"policy/Cargo.toml": other} | named), "")

    def test_a_crate_uses_only_what_is_named_of_its_own_floor(self):
        for member, other, permitted in (
            ("config", "policy", True),
            ("policy", "config", False),
            ("policy", "broker", False),
            ("testbed", "lab", False),
        ):
            manifest = f"[dependencies]\n{other}.workspace = true\n"
            found = self.refused({f"{member}/Cargo.toml": manifest, f"{other}/src/lib.rs": ""})
            self.assertEqual(f"may not use {other}" not in found, permitted, found)

    def test_a_wing_may_be_closed_to_another(self):
        files = {
            "producer/src/lib.rs": "mod cli;\nmod load;\nmod report;\n",
            "producer/src/cli.rs": "pub struct Cli;\n",
            "producer/src/load/mod.rs": "pub struct Load;\n",
            "producer/src/report/mod.rs": "mod page;\n",
            "producer/src/report/page.rs": "",
        }
        self.assertEqual(self.refused(files), "")
        below = files | {"producer/src/cli.rs": "use crate::load::Load;\n"}
        self.assertEqual(self.refused(below), "")
        for use in ("use crate::load::Load;", "use crate::load; fn take(_: load::Load) {}"):
            found = self.refused(files | {"producer/src/report/page.rs": use})
            self.assertIn("producer/src/report/page.rs: report may not use load", found)
        tested = files | {"producer/src/report/page.rs": "#[cfg(test)]\nuse crate::load::Load;\n"}
        self.assertEqual(self.refused(tested), "")

    def test_a_crate_without_a_floor_is_refused(self):
        self.assertIn("no floor", self.refused({"utils/src/lib.rs": ""}))

    def test_four_modules_may_be_a_cycle_and_five_may_not(self):
        self.assertEqual(self.refused(self.ring(4)), "")
        found = self.refused(self.ring(5))
        self.assertIn("policy: 5 modules import each other in a cycle", found)
        self.assertIn("policy/src/m4.rs -> policy/src/m0.rs: M0", found)

    def test_what_only_tests_import_ties_nothing(self):
        self.assertEqual(self.refused(self.ring(5, test=True)), "")

    def test_a_name_that_is_handed_on_leads_to_where_it_is_defined(self):
        files = self.ring(5)
        files["policy/src/lib.rs"] += "pub use m0::M0;\n"
        files["policy/src/m4.rs"] = "fn take(_: crate::M0) {}\npub struct M4;\n"
        self.assertIn("policy/src/m4.rs -> policy/src/m0.rs: crate::M0", self.refused(files))

    def test_a_cycle_is_seen_however_it_is_written(self):
        for define, use in (
            ("pub struct M0;", "use crate::m0::M0;\nimpl M0 {}"),
            ("pub struct M0;", "use self::super::m0::M0;"),
            ("pub const fn f() {}", "use crate::m0::f;"),
            ("pub async fn f() {}", "fn g() { crate::m0::f(); }"),
            ("pub static mut F: u8 = 0;", "use crate::m0::F;"),
            ("pub struct r#type;", "use crate::r#m0::r#type;"),
        ):
            files = self.ring(5)
            files["policy/src/m0.rs"] = f"use crate::m1::M1;\n{define}\n"
            files["policy/src/m4.rs"] = f"{use}\npub struct M4;\n"
            self.assertIn("5 modules import each other", self.refused(files), use)

    def test_a_module_is_in_the_file_of_its_name(self):
        for attribute in ('path = "n.rs"', 'cfg_attr(not(feature = "m"), path = "n.rs")'):
            found = self.refused({"policy/src/lib.rs": f"#[{attribute}]\nmod m;\n"})
            self.assertIn("policy/src/lib.rs: a module is in the file of its name", found)

    def test_text_and_comments_import_nothing(self):
        files = self.ring(5)
        files["policy/src/m4.rs"] = "// crate::m0::M0\npub struct M4(&'static str);\n"
        files["policy/src/m4.rs"] += 'const A: M4 = M4("crate::m0::M0"); const B: char = \'"\';\n'
        self.assertEqual(self.refused(files), "")

    def test_a_doc_line_says_more_than_a_pronoun(self):
        for line in ("They.", "Which.", "So long.", "It does.", "Of what."):
            self.assertIn("policy/src/lib.rs:1: says nothing", self.refused({"policy/src/lib.rs": f"/// {line}\n"}))
        for text in ("/// Resident memory.", "/// Which of them it\n/// does.", "/// Tr."):
            self.assertEqual(self.refused({"policy/src/lib.rs": text}), "")


if __name__ == "__main__":
    unittest.main()
