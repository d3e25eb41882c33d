"""Shows setup/structure.py small workspaces, good ones and bad ones.

    setup/test_structure.py
"""

import pathlib
import tempfile
import unittest

import structure


class Structure(unittest.TestCase):
    def refused(self, files):
        """What is found in a workspace of these crates: the path of each file, and what it says."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            crates = sorted({path.split("/")[0] for path in files})
            members = ", ".join(f'"{crate}"' for crate in crates)
            files = {f"{crate}/Cargo.toml": "" for crate in crates} | files
            files["Cargo.toml"] = f"[workspace]\nmembers = [{members}]\n"
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

    def test_a_type_may_have_its_methods_in_several_files(self):
        files = self.ring(5)
        files["policy/src/m4.rs"] = "use crate::m0::M0;\nimpl M0 {}\npub struct M4;\n"
        self.assertEqual(self.refused(files), "")

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
