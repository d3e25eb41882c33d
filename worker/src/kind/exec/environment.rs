//! What a command learns of its message: variables, beside those of the worker itself.

use crate::headers::Origin;
use crate::request::Request;
use broker::HeaderValue;
use config::{BROKER_URL_VARIABLE, HTTP_TOKEN_VARIABLE};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStringExt;

/// What the worker knows of the broker and the controller is no business of the command's: whatever
/// runs for a message might print its environment.
const SECRETS: [&str; 3] = [
    BROKER_URL_VARIABLE,
    "WARREN_WORKER_BROKER_URL",
    HTTP_TOKEN_VARIABLE,
];

/// The kernel takes 128 KiB for one variable, and 2 MiB with the arguments as a rule; whoever can
/// publish must not be able to make a command impossible to start. 64 headers of 4 KiB are 256 KiB.
const VALUE_BYTES_MAX: usize = 4096;
const HEADERS_MAX: usize = 64;

/// A longer name is no variable that anybody would type.
const NAME_BYTES_MAX: usize = 128;

const HEADER_PREFIX: &str = "WARREN_HEADER_";

/// The variables that may stand for a message; those of another message are never handed on, as they
/// would be by a worker that a command of a worker has started.
const OF_A_MESSAGE: [&str; 9] = [
    "WARREN_MESSAGE_ID",
    "WARREN_CORRELATION_ID",
    "WARREN_REPLY_TO",
    "WARREN_CONTENT_TYPE",
    "WARREN_EXCHANGE",
    "WARREN_ROUTING_KEY",
    "WARREN_REDELIVERED",
    "WARREN_ATTEMPT",
    "WARREN_HEADERS_LEFT_OUT",
];

/// What every command gets: the worker's environment as it was at the start, without its secrets.
pub(super) struct Environment(Vec<(OsString, OsString)>);

impl Environment {
    pub(super) fn of_this_process() -> Self {
        Self::new(std::env::vars_os())
    }

    fn new(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let is_kept = |name: &OsString| {
            let name = name.to_string_lossy();
            !SECRETS.contains(&&*name)
                && !OF_A_MESSAGE.contains(&&*name)
                && !name.starts_with(HEADER_PREFIX)
        };
        Self(variables.filter(|(name, _)| is_kept(name)).collect())
    }

    /// For the command of this message.
    pub(super) fn of(
        &self,
        request: &Request,
    ) -> impl Iterator<Item = (Cow<'_, OsStr>, Cow<'_, OsStr>)> {
        let shared = self.0.iter();
        let shared = shared.map(|(name, value)| (name.into(), value.into()));
        let own = variables(request).into_iter();
        shared.chain(own.map(|(name, value)| (OsString::from(name).into(), value.into())))
    }
}

/// The names alone: the worker's environment may hold other programs' secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// The variables for one message. What does not go into a variable (a table, a zero byte, more than
/// 4 KiB) is left out, and counted where it is a header.
fn variables(request: &Request) -> BTreeMap<String, OsString> {
    let delivery = &request.delivery;
    let properties = &delivery.properties;
    let origin = Origin::of(delivery);
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: Vec<u8>| {
        if fits(&value) {
            variables.insert(name.to_owned(), OsString::from_vec(value));
        }
    };
    for (name, value) in [
        ("WARREN_MESSAGE_ID", &properties.message_id),
        ("WARREN_CORRELATION_ID", &properties.correlation_id),
        ("WARREN_REPLY_TO", &properties.reply_to),
        ("WARREN_CONTENT_TYPE", &properties.content_type),
    ] {
        if let Some(value) = value {
            set(name, value.clone().into_bytes());
        }
    }
    let attempt = u64::from(request.failed_attempts()) + 1;
    set("WARREN_EXCHANGE", origin.exchange.into_bytes());
    set("WARREN_ROUTING_KEY", origin.routing_key.into_bytes());
    set(
        "WARREN_REDELIVERED",
        delivery.redelivered.to_string().into_bytes(),
    );
    set("WARREN_ATTEMPT", attempt.to_string().into_bytes());

    let mut left_out = 0_usize;
    let mut taken = 0;
    for name in properties.headers.names() {
        let value = properties
            .headers
            .get(name)
            .map(bytes)
            .filter(|value| fits(value));
        let variable = variable_name(name);
        match value {
            Some(value)
                if taken < HEADERS_MAX
                    && variable.len() <= NAME_BYTES_MAX
                    && !variables.contains_key(&variable) =>
            {
                taken += 1;
                variables.insert(variable, OsString::from_vec(value));
            }
            _ => left_out += 1,
        }
    }
    variables.insert(
        "WARREN_HEADERS_LEFT_OUT".to_owned(),
        left_out.to_string().into(),
    );
    variables
}

fn fits(value: &[u8]) -> bool {
    value.len() <= VALUE_BYTES_MAX && !value.contains(&0)
}

fn bytes(value: HeaderValue) -> Vec<u8> {
    match value {
        HeaderValue::Truth(value) => value.to_string().into_bytes(),
        HeaderValue::Integer(value) => value.to_string().into_bytes(),
        HeaderValue::Float(value) => value.to_string().into_bytes(),
        HeaderValue::Text(value) => value.into_bytes(),
        HeaderValue::Bytes(value) => value,
    }
}

/// `x-user.id` is `WARREN_HEADER_X_USER_ID`.
fn variable_name(header: &str) -> String {
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() {
            character.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    HEADER_PREFIX
        .chars()
        .chain(header.chars().map(plain))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{delivery, rules};
    use broker::Delivery;
    use std::time::Duration;

    fn of(delivery: Delivery) -> BTreeMap<String, OsString> {
        variables(&Request::new(delivery, Duration::ZERO, &rules()))
    }

    fn value<'v>(variables: &'v BTreeMap<String, OsString>, name: &str) -> Option<&'v str> {
        variables.get(name).and_then(|value| value.to_str())
    }

    #[test]
    fn a_command_knows_its_message_by_variables() {
        let mut delivery = delivery("", Some("answers"));
        delivery.properties.headers.insert("x-user.id", "ü 7");
        let variables = of(delivery);
        let expected = [
            ("WARREN_ATTEMPT", "1"),
            ("WARREN_CORRELATION_ID", "c"),
            ("WARREN_EXCHANGE", "events"),
            ("WARREN_HEADERS_LEFT_OUT", "0"),
            ("WARREN_HEADER_WARREN_SEQUENCE", "7"),
            ("WARREN_HEADER_X_OTHER", "8"),
            ("WARREN_HEADER_X_USER_ID", "ü 7"),
            ("WARREN_MESSAGE_ID", "m"),
            ("WARREN_REDELIVERED", "false"),
            ("WARREN_REPLY_TO", "answers"),
            ("WARREN_ROUTING_KEY", "key"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.into()));
        assert_eq!(variables, BTreeMap::from(expected));
    }

    #[test]
    fn what_is_no_text_goes_as_it_is_and_a_zero_byte_not_at_all() {
        let mut delivery = delivery("", None);
        delivery
            .properties
            .headers
            .insert("raw", vec![0xff_u8, b'\n']);
        delivery.properties.headers.insert("zero", vec![0_u8]);
        delivery.properties.message_id = Some("a\0b".to_owned());
        let variables = of(delivery);
        let raw = variables.get("WARREN_HEADER_RAW").map(OsString::as_os_str);
        assert_eq!(raw.map(OsStr::as_encoded_bytes), Some(b"\xff\n".as_slice()));
        assert!(!variables.contains_key("WARREN_HEADER_ZERO"));
        assert!(!variables.contains_key("WARREN_MESSAGE_ID"));
        assert_eq!(value(&variables, "WARREN_HEADERS_LEFT_OUT"), Some("1"));
    }

    #[test]
    fn there_are_limits_and_what_is_beyond_them_is_counted() {
        let mut long = delivery("", None);
        long.properties
            .headers
            .insert("longest", "x".repeat(VALUE_BYTES_MAX));
        long.properties
            .headers
            .insert("longer", "x".repeat(VALUE_BYTES_MAX + 1));
        // Both are WARREN_HEADER_A_B.
        long.properties.headers.insert("a-b", 1);
        long.properties.headers.insert("a.b", 2);
        let variables = of(long);
        assert!(variables.contains_key("WARREN_HEADER_LONGEST"));
        assert!(!variables.contains_key("WARREN_HEADER_LONGER"));
        assert_eq!(value(&variables, "WARREN_HEADER_A_B"), Some("1"));
        assert_eq!(value(&variables, "WARREN_HEADERS_LEFT_OUT"), Some("2"));
    }

    #[test]
    fn the_secrets_of_the_worker_and_the_variables_of_another_message_stay_behind() {
        let inherited = [
            ("PATH", "/bin"),
            ("WARREN_BROKER_URL", "amqp://me:secret@rabbit"),
            ("WARREN_WORKER_BROKER_URL", "amqp://me:secret@rabbit"),
            ("WARREN_HTTP_TOKEN", "secret"),
            ("WARREN_REPLY_TO", "another"),
            ("WARREN_HEADER_OTHER", "another"),
            ("WARREN_WORKER_ID", "7"),
        ];
        let inherited = inherited.map(|(name, value)| (name.into(), value.into()));
        let environment = Environment::new(inherited.into_iter());
        let request = Request::new(delivery("", None), Duration::ZERO, &rules());
        let all: BTreeMap<_, _> = environment.of(&request).collect();
        let names: Vec<&str> = all.keys().filter_map(|name| name.to_str()).collect();
        assert!(
            names.contains(&"PATH") && names.contains(&"WARREN_WORKER_ID"),
            "{names:?}"
        );
        for gone in &[
            "WARREN_BROKER_URL",
            "WARREN_REPLY_TO",
            "WARREN_HEADER_OTHER",
        ] {
            assert!(!names.contains(gone), "{gone}");
        }
        let shown = format!("{environment:?} {all:?}");
        assert!(
            !shown.contains("secret") && !shown.contains("another"),
            "{shown}"
        );
    }
}
