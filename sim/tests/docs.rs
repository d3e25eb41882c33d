//! That the pages show what the program prints. Where that is meant to change: `make results`, and look
//! at what changed.

#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use sim::results;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Set, the pages are written again instead of being compared.
const UPDATE_VARIABLE: &str = "WARREN_UPDATE_DOCS";

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(name)
}

/// Compares a page with what it should say, or writes it.
fn hold_to(name: &str, expected: &str) {
    let path = page(name);
    if std::env::var_os(UPDATE_VARIABLE).is_some() {
        std::fs::write(path, expected).unwrap();
        return;
    }
    let says = std::fs::read_to_string(path).unwrap_or_default();
    let different = says
        .lines()
        .zip(expected.lines())
        .position(|(line, other)| line != other)
        .unwrap_or_else(|| says.lines().count().min(expected.lines().count()));
    assert!(
        says == expected,
        "docs/{name} differs from line {} on; make results writes it again\n  says:    {}\n  program: {}",
        different + 1,
        says.lines().nth(different).unwrap_or("(nothing)"),
        expected.lines().nth(different).unwrap_or("(nothing)"),
    );
}

/// Set, the sweeps of docs/tuning.md are run again: that takes minutes.
const SWEEP_VARIABLE: &str = "WARREN_UPDATE_TUNING";

/// What the program prints.
fn printed(arguments: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_warren-sim"))
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments}");
    String::from_utf8(output.stdout).unwrap()
}

/// A page with what follows each `$ warren-sim …` replaced by what that prints. A block that ends
/// with a line "…" shows as many lines as it has.
fn with_output(text: &str) -> String {
    let mut page = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        page += line;
        page.push('\n');
        let Some(arguments) = line.strip_prefix("$ warren-sim ") else {
            continue;
        };
        let shown: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let output = printed(arguments);
        match shown.last() {
            Some(&"…") => {
                for line in output.lines().take(shown.len() - 1) {
                    page += line;
                    page.push('\n');
                }
                page += "…\n";
            }
            _ => page += &output,
        }
        page += "```\n";
    }
    page
}

#[test]
fn the_simulators_page_shows_what_the_program_prints() {
    let text = std::fs::read_to_string(page("simulator.md")).unwrap();
    hold_to("simulator.md", &with_output(&text));
}

/// The sweeps take too long for a test: they are run by `make tuning`, and held to what needs no run.
#[test]
fn the_page_on_tuning_shows_sweeps_around_what_is_shipped() {
    let text = std::fs::read_to_string(page("tuning.md")).unwrap();
    if std::env::var_os(SWEEP_VARIABLE).is_some() {
        std::fs::write(page("tuning.md"), with_output(&text)).unwrap();
        return;
    }
    let sweeps = text.matches("\n$ warren-sim tune ").count();
    assert!(sweeps > 0 && text.matches("   as shipped\n").count() == sweeps);
    let shipped = config::Config::default().pools.swap_remove(0).scaling;
    let band = &shipped.limits.dead_band;
    for line in [
        format!("| `headroom` | {} |", shipped.headroom.beta()),
        format!("| `dead_band_wait` | {:?} |", band.wait),
        format!("| `dead_band_share` | {} |", band.share.get()),
        format!("| `dead_band_hold` | {:?} |", band.hold),
        format!("| `hold` | {:?} |", shipped.limits.hold),
    ] {
        assert!(text.contains(&line), "docs/tuning.md does not say: {line}");
    }
}

#[test]
fn the_results_are_those_of_this_program() {
    let outcomes = results::outcomes(|_| {});
    hold_to("results.md", &results::page(&outcomes));
}
