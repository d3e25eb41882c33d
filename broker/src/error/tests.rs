//! What the broker says (recorded from RabbitMQ 3.10.8) and what the user reads.

use super::*;
use lapin::protocol::AMQPError;
use std::sync::Arc;

fn endpoint(url: &str) -> Endpoint {
    Endpoint::new(&config::Broker {
        url: url.parse().unwrap(),
        ca_file: None,
    })
}

fn shop() -> Endpoint {
    endpoint("amqp://shop:hunter2@rabbit/v1")
}

fn said(code: u16, text: &str) -> lapin::Error {
    let refusal = AMQPError::from_id(code, text.into()).unwrap();
    lapin::ErrorKind::ProtocolError(refusal).into()
}

fn check(operation: Operation, error: &lapin::Error, kind: ErrorKind, holds: &[&str]) {
    let error = Error::from_amqp(&shop(), &operation, error);
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    for part in holds {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    assert!(!text.contains("hunter2") && !text.ends_with('.'), "{text}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn refusals_at_login_say_which_of_three() {
    check(
        Operation::Connect,
        &said(
            403,
            "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For \
             details see the broker logfile.",
        ),
        ErrorKind::WrongPassword,
        &[
            "user 'shop'",
            "wrong user or password",
            "change_password 'shop'",
        ],
    );
    check(
        Operation::Connect,
        &said(530, "NOT_ALLOWED - vhost v1 not found"),
        ErrorKind::NoVirtualHost,
        &["no virtual host 'v1'", "rabbitmqctl add_vhost 'v1'"],
    );
    check(
        Operation::Connect,
        &said(
            530,
            "NOT_ALLOWED - access to vhost 'v1' refused for user 'shop'",
        ),
        ErrorKind::NoPermission,
        &[
            "may not use virtual host 'v1'",
            "set_permissions -p 'v1' 'shop'",
        ],
    );
    check(
        Operation::Connect,
        &said(
            530,
            "NOT_ALLOWED - access to vhost 'v1' refused for user 'shop': connection limit \
             (3) is reached",
        ),
        ErrorKind::Other,
        &["connection limit (3)"],
    );
}

#[test]
fn a_missing_right_is_named_with_the_line_that_grants_it() {
    let bind = || Operation::Bind {
        queue: "jobs".to_owned(),
        exchange: "shop.in".to_owned(),
    };
    let cases = [
        (
            bind(),
            "exchange 'shop.in'",
            "read",
            r"'^warren\.' '^warren\.' '^(warren\..*|shop\.in)$'",
        ),
        (
            bind(),
            "queue 'jobs'",
            "write",
            r"'^warren\.' '^(warren\..*|jobs)$' '^warren\.'",
        ),
        (
            Operation::DeclareQueue("jobs".to_owned()),
            "queue 'jobs'",
            "configure",
            r"'^(warren\..*|jobs)$' '^warren\.' '^warren\.'",
        ),
        (
            Operation::Publish,
            "exchange 'amq.default'",
            "write",
            r"'^warren\.' '^(warren\..*|amq\.default|)$' '^warren\.'",
        ),
        (
            Operation::Consume("it's".to_owned()),
            "queue 'it's'",
            "read",
            r"'^warren\.' '^warren\.' '^(warren\..*|it\'\''s)$'",
        ),
    ];
    for (operation, resource, right, patterns) in cases {
        let text =
            format!("ACCESS_REFUSED - access to {resource} in vhost 'v1' refused for user 'shop'");
        check(
            operation,
            &said(403, &text),
            ErrorKind::NoPermission,
            &[
                &format!("lacks the {right} right on {resource}"),
                patterns,
                "-p 'v1' 'shop'",
            ],
        );
    }
}

#[test]
fn refusals_of_one_call_keep_the_session() {
    let queue = || Operation::DeclareQueue("jobs".to_owned());
    let cases = [
        (
            said(404, "NOT_FOUND - no queue 'jobs' in vhost 'v1'"),
            ErrorKind::NotFound,
        ),
        (
            said(
                405,
                "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'jobs'",
            ),
            ErrorKind::Locked,
        ),
        (
            said(
                406,
                "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'jobs' in vhost \
                 'v1': received 'true' but current is 'false'",
            ),
            ErrorKind::Mismatch,
        ),
    ];
    for (error, kind) in cases {
        check(queue(), &error, kind, &["declare queue 'jobs'"]);
        assert!(!kind.closes_session());
    }
    check(
        Operation::Acknowledge,
        &said(
            406,
            "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout \
             value used: 1800000 ms",
        ),
        ErrorKind::Closed,
        &["lower the prefetch", "1800000 ms"],
    );
    assert!(ErrorKind::Closed.closes_session());
}

#[test]
fn a_broker_that_is_not_there_is_unreachable() {
    let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
    check(
        Operation::Connect,
        &lapin::ErrorKind::IOError(Arc::new(refused)).into(),
        ErrorKind::Unreachable,
        &[
            "can't reach amqp://shop:***@rabbit:5672/v1",
            "is RabbitMQ running there",
        ],
    );
    let reset = io::Error::from(io::ErrorKind::ConnectionReset);
    check(
        Operation::Publish,
        &lapin::ErrorKind::IOError(Arc::new(reset)).into(),
        ErrorKind::Closed,
        &["connection to amqp://shop:***@rabbit:5672/v1 is closed"],
    );
}

#[test]
fn tls_failures_say_what_to_change() {
    let cases = [
        ("invalid peer certificate: UnknownIssuer", "broker.ca_file"),
        (
            "received corrupt message of type InvalidContentType",
            "does not speak TLS",
        ),
        (
            "invalid peer certificate: certificate not valid for name \"x\"",
            "host name",
        ),
    ];
    for (text, advice) in cases {
        let error = io::Error::new(io::ErrorKind::InvalidData, text);
        let error = lapin::ErrorKind::IOError(Arc::new(error)).into();
        let error = Error::from_amqp(&endpoint("amqps://rabbit"), &Operation::Connect, &error);
        assert_eq!(error.kind(), ErrorKind::Tls);
        assert!(error.to_string().contains(advice), "{error}");
    }
}
