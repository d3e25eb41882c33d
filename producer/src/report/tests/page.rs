//! The page and the picture, and the charts on them.

use super::super::*;
use super::{at, facts, mixed, pictured};
use crate::load::balance::{self, Ending};
use crate::load::offered::{Load, Until, VirtualUsers};
use crate::load::scenario::Scenario;
use crate::load::stats::Stats;

fn page() -> String {
    let (report, measured, scenario) = pictured();
    html(&report, &measured, &scenario.description()).unwrap()
}

/// Every tag in its order, with its nesting checked; the page has no stray `<` in its texts.
fn tags(text: &str) -> Vec<&str> {
    let mut open = Vec::new();
    let mut tags = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        let name = tag
            .split([' ', '\n', '/'])
            .find(|part| !part.is_empty())
            .unwrap();
        if let Some(closing) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closing), "tags are closed in their order");
        } else if !tag.ends_with('/') && !tag.starts_with('!') && name != "meta" {
            open.push(name);
        }
        tags.push(tag);
    }
    assert_eq!(open, [""; 0], "every tag is closed");
    tags
}

#[test]
fn the_page_needs_nothing_but_itself_and_runs_nothing() {
    let page = page();
    for tag in tags(&page) {
        let name = tag.split(' ').next().unwrap();
        assert!(
            !["script", "link", "img", "iframe", "object"].contains(&name),
            "{tag}"
        );
        for attribute in ["src=", "href=", "onload=", "srcset="] {
            assert!(!tag.contains(attribute), "{tag}");
        }
    }
    // The names of the pictures' vocabulary are no addresses that anything is loaded from.
    let page = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for address in ["http:", "https:", "url(", "@import"] {
        assert!(!page.contains(address), "{address}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn what_comes_from_outside_is_text_in_the_page() {
    let page = page();
    assert!(page.contains("<h1>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;, 2026-11-21"));
    assert!(page.contains("a &amp; b, &quot;quoted&quot;"));
    assert!(!page.contains("<script"));
}

#[test]
fn the_page_has_its_verdict_its_tables_and_its_charts() {
    let page = page();
    let between = |start: &str, end: &str| -> Vec<String> {
        let parts = page.split(start).skip(1);
        parts
            .map(|part| part.split(end).next().unwrap().to_owned())
            .collect()
    };
    let sentences = between("<p>", "</p>").join("\n");
    insta::assert_snapshot!(sentences, @r#"
    p99 &gt; 100ms (it is 125 ms)
    1 of 4 messages were sent late, by up to 250 ms
    the broker had an alarm and read nothing for 1.50 s
    of 5 messages: 1 lost (confirmed and never answered), 1 unsent, 1 unconfirmed, 1 returned (no queue took them)
    1 replies came for messages that had theirs already
    "#);
    assert_eq!(
        between("<h2>", "</h2>"),
        ["Accounts", "Scenario", "Workers", "Durations"]
    );
    let rows = between("<tr><th scope=\"row\">", "</tr>");
    insta::assert_snapshot!(rows.join("\n").replace("</th><td>", ": ").replace("</td>", ""), @r#"
    due: 5
    sent: 4
    confirmed: 2
    replied: 1
    lost: 1
    duplicated: 1
    late: 1
    unsent: 1
    returned: 1
    refused: 0
    timed out: 0
    cut off: 0
    sent again: 1
    unconfirmed: 1
    replies ignored: 1
    replies redelivered: 0
    connections broken: 1
    blocked by the broker: 1.50 s
    duration: 61.50 s
    rate asked: 389.5 msg/s
    rate reached: 1.2 msg/s
    name: &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;
    load: open loop: 23370 messages in 1m, at most 855 msg/s
    replies: wanted
    payload: built-in sentences
    persistent: yes
    seed: 1
    run: 00c0ffee
    at most: 3
    on average: 2.0
    CPUs used, mean: 0.75
    CPUs used, peak: 1.50
    memory, mean: 20.0 MB
    memory, peak: 24.0 MB
    wait: 1<td>125 ms<td>125 ms<td>0 µs<td>125 ms<td>125 ms<td>125 ms<td>125 ms<td>125 ms<td>125 ms<td>125 ms<td>125 ms
    schedule lag: 4<td>1.0 ms<td>64 ms<td>108 ms<td>1.0 ms<td>2.0 ms<td>250 ms<td>250 ms<td>250 ms<td>250 ms<td>250 ms<td>250 ms
    confirmation: 0<td>-<td>-<td>-<td>-<td>-<td>-<td>-<td>-<td>-<td>-<td>-
    "#);
    let charts = between("aria-label=\"", "\"");
    insta::assert_snapshot!(charts.join("\n"), @r#"
    Messages per second
    Wait for the reply
    Behind the schedule
    Workers and the CPUs they use
    Memory of the workers
    Share that took no longer
    "#);
}

#[test]
fn the_dark_page_changes_the_colours_that_the_charts_have() {
    let page = page();
    let (style, body) = page.split_once("</style>").unwrap();
    for color in ["[fill=\"#333333\"]", "[stroke=\"#E4E4E4\"]"] {
        assert!(style.contains(color));
        assert!(body.contains(color.trim_matches(['[', ']'])), "{color}");
    }
}

#[test]
fn the_picture_is_whole_and_names_its_curves() {
    let (report, measured, _) = pictured();
    let picture = svg(&report, &measured).unwrap();
    assert_eq!(tags(&picture)[0].split(' ').next(), Some("svg"));
    for text in [
        "Messages per second",
        "confirmed",
        "Wait for the reply",
        "p95",
        "Workers and the CPUs they use",
        "Memory of the workers",
        "Share that took no longer",
        "schedule lag",
    ] {
        assert!(
            picture.contains(&format!("\n{text}\n<")),
            "{text} is missing"
        );
    }
    assert!(
        !picture.contains("NaN") && !picture.contains("inf"),
        "{picture}"
    );
}

#[test]
fn a_run_in_which_nothing_happened_has_a_page_and_a_picture() {
    let scenario = Scenario::find("flood").unwrap();
    let stats = Stats::start("run".to_owned(), scenario.reply, Confirms::Awaited);
    let report = balance::report(&scenario, &stats.totals(), facts(0, Ending::Interrupted));
    let measured = Measured::default();
    let page = html(&report, &measured, &scenario.description()).unwrap();
    tags(&page);
    assert!(page.contains("open loop: 60000 messages<"), "{page}");
    tags(&svg(&report, &measured).unwrap());
}

#[test]
fn the_page_says_who_waits_for_whom() {
    let group = |clients, until| VirtualUsers { clients, until };
    let scenario = Scenario {
        load: Load::Closed(vec![
            group(10, Until::Requests(1000)),
            group(0, Until::Duration(at(5000))),
            group(20, Until::Duration(at(90_000))),
        ]),
        ..Scenario::find("reference").unwrap()
    };
    let page = html(&mixed(), &Measured::default(), &scenario.description()).unwrap();
    let expected = "closed loop: 10 clients, 1000 messages; nobody, 5s; 20 clients, 1m 30s<";
    assert!(page.contains(expected), "{page}");
}

#[test]
fn the_lag_has_its_curve_where_nothing_else_was_measured() {
    let mut measured = Measured::default();
    for milliseconds in 1..=1000 {
        measured.lag.record(at(milliseconds));
    }
    let panels = super::charts::panels(&measured);
    let shares = panels.last().unwrap();
    let lag = &shares.curves[2];
    assert_eq!(shares.across, super::panel::Across::Share(1000.0));
    assert_eq!(lag.points.first().unwrap().0, 1.0);
    assert_eq!(lag.points.last().unwrap().0, 1000.0);
}
