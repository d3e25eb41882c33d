//! The broker's URL: every part, and no password where it can be seen.

use config::{BrokerUrl, Transport};

#[test]
fn every_part_is_decoded_and_what_is_left_out_is_filled_in() {
    let table = [
        ("amqp://h", ("guest", "guest", "h", 5672, "/")),
        ("amqp://h/", ("guest", "guest", "h", 5672, "/")),
        ("amqp://h/%2f", ("guest", "guest", "h", 5672, "/")),
        ("amqp://h/%2Fjobs", ("guest", "guest", "h", 5672, "/jobs")),
        ("amqp://u@h:1/v", ("u", "guest", "h", 1, "v")),
        ("amqps://u:p@h/v", ("u", "p", "h", 5671, "v")),
        // RabbitMQ refuses empty passwords, so this one counts as left out.
        ("amqp://u:@h/v", ("u", "guest", "h", 5672, "v")),
        (
            "amqp://a%40b:p%3a%2f%25@h/v%20w",
            ("a@b", "p:/%", "h", 5672, "v w"),
        ),
        ("amqp://u:p@[::1]:7/v", ("u", "p", "::1", 7, "v")),
        ("AMQP://u:p@10.0.0.1/v", ("u", "p", "10.0.0.1", 5672, "v")),
    ];
    for (text, parts) in table {
        let url: BrokerUrl = text.parse().expect(text);
        let read = (
            url.user(),
            url.password(),
            url.host(),
            url.port(),
            url.virtual_host(),
        );
        assert_eq!(read, parts, "{text}");
        // The URL that is handed on means the same, and says it in full.
        let again: BrokerUrl = url.expose().parse().expect("valid as well");
        assert_eq!(again, url);
    }
}

#[test]
fn the_url_that_is_handed_on_leaves_nothing_to_a_clients_defaults() {
    let url: BrokerUrl = "amqp://h/".parse().expect("valid");
    assert_eq!(url.expose(), "amqp://guest:guest@h:5672/%2F");
    assert_eq!(url.transport(), Transport::Plain);
}

#[test]
fn the_password_can_not_be_seen() {
    let url: BrokerUrl = "amqps://warren:sesame@h/v".parse().expect("valid");
    assert_eq!(url.to_string(), "amqps://warren:***@h:5671/v");
    assert_eq!(format!("{url:?}"), url.to_string());
}

#[test]
fn what_is_no_broker_url_is_refused_without_repeating_it() {
    for (text, expected) in [
        ("sesame", "not a URL"),
        ("", "not a URL"),
        ("http://u:sesame@h/", "not an amqp:// or amqps:// URL"),
        ("amqp:sesame", "names no host"),
        ("amqp:///sesame", "names no host"),
        ("amqp://u:sesame@h:99999/", "not a URL"),
        ("amqp://u:sesa#me@h/", "not a URL"),
        ("amqp://u:p@h/v?password=sesame", "parameters are not taken"),
        ("amqp://u:p@h/sesame/v", "more than one /"),
        ("amqp://u:sesame%ff@h/", "a password that is not UTF-8"),
        ("amqp://u:sesame@h h/", "not a URL"),
    ] {
        let error = text.parse::<BrokerUrl>().expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(!error.contains("sesame"), "{error}");
    }
    let long = format!("amqp://h/{}", "v".repeat(256));
    let error = long.parse::<BrokerUrl>().expect_err("long").to_string();
    assert!(
        error.contains("virtual host of more than 255 bytes"),
        "{error}"
    );
}
