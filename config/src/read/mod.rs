//! From the file's tables to the validated types.

mod host;
mod limits;
mod pool;
mod scaling;
mod schedule;
mod topology;
mod unique;

use crate::environment::{BROKER_URL_VARIABLE, Environment, HTTP_TOKEN_VARIABLE};
use crate::error::Violation;
use crate::root::{Broker, Config, Controller, Http};
use crate::secret::Secret;
use crate::toml_read::Section;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Each pool has a connection of its own in the controller; far above what one host runs.
const POOLS_MAX: usize = 64;

/// A longer token is a mistake, such as a file's content.
const HTTP_TOKEN_BYTES_MAX: usize = 1024;

/// A size of zero writes none. Less than a mebibyte would be gone within minutes under load, and more
/// than a tebibyte is a slip.
const JOURNAL_BYTES_MAX: RangeInclusive<u64> = 1024 * 1024..=1024 * 1024 * 1024 * 1024;
const JOURNAL_BYTES_MAX_DEFAULT: u64 = 64 * 1024 * 1024;

const STATE_DIR_DEFAULT: &str = ".warren";

/// The whole file. `None` after something wrong has been noted.
pub(crate) fn config(root: &Section<'_>, environment: &Environment) -> Option<Config> {
    let broker = broker(&root.section("broker"), environment);
    let http = http(&root.section("http"), environment);
    let controller = controller(&root.section("controller"));
    let host = host::host(&root.section("host"));
    let pools = pool::pools(&root.sections("pool", POOLS_MAX), host, environment);
    root.finish();
    Some(Config {
        broker: broker?,
        http: http?,
        controller: controller?,
        pools: pools?,
    })
}

fn broker(section: &Section<'_>, environment: &Environment) -> Option<Broker> {
    // The file's URL is checked even where the environment has another: it is there to be used.
    let in_file = section.field("url").and_then(|field| {
        let Some(text) = field.as_text() else {
            field.refuse_unseen("must be a string: amqp://USER:PASSWORD@HOST:PORT/VHOST");
            return None;
        };
        text.parse()
            .map_err(|error| field.refuse_unseen(format!("{error}")))
            .ok()
    });
    let url = match &environment.broker_url {
        None => in_file,
        Some(text) => text
            .expose()
            .parse()
            .map_err(|error| section.note(variable_violation(BROKER_URL_VARIABLE, error)))
            .ok(),
    };
    let ca_file = section.given_or("ca_file", None, |field| {
        let text = field.text()?;
        Some((!text.is_empty()).then(|| PathBuf::from(text)))
    });
    section.finish();
    Some(Broker {
        url: url?,
        ca_file: ca_file?,
    })
}

fn http(section: &Section<'_>, environment: &Environment) -> Option<Http> {
    let listen = section.field("listen").and_then(|field| {
        let address = field
            .as_text()
            .and_then(|text| text.parse::<SocketAddr>().ok());
        if address.is_none() {
            field.refuse(
                "must be an IP address and a port from 0 to 65535, such as \"127.0.0.1:9110\" or \
                 \"[::1]:9110\"",
            );
        }
        address
    });
    let token = match &environment.http_token {
        Some(token) if !token_can_be_sent(token) => {
            let problem = format!(
                "must be 1 to {HTTP_TOKEN_BYTES_MAX} visible ASCII characters without spaces"
            );
            section.note(variable_violation(HTTP_TOKEN_VARIABLE, problem));
            None
        }
        token => Some(token.clone()),
    };
    section.finish();
    Some(Http {
        listen: listen?,
        token: token?,
    })
}

/// Whether the token fits into an `Authorization` header as it is.
fn token_can_be_sent(token: &Secret) -> bool {
    let bytes = token.expose().as_bytes();
    (1..=HTTP_TOKEN_BYTES_MAX).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
}

fn controller(section: &Section<'_>) -> Option<Controller> {
    let state_dir = section.given_or("state_dir", PathBuf::from(STATE_DIR_DEFAULT), |field| {
        field.must_be("the path of a directory", |field| {
            let text = field.as_text().filter(|text| !text.is_empty());
            text.map(PathBuf::from)
        })
    });
    let default = Some(JOURNAL_BYTES_MAX_DEFAULT);
    let journal_bytes_max = section.given_or("journal_size", default, |field| {
        if field.as_text().is_some_and(is_no_size) {
            return Some(None);
        }
        field.bytes(&JOURNAL_BYTES_MAX).map(Some)
    });
    section.finish();
    Some(Controller {
        state_dir: state_dir?,
        journal_bytes_max: journal_bytes_max?,
    })
}

/// "0B" and its like.
fn is_no_size(text: &str) -> bool {
    text.parse::<bytesize::ByteSize>()
        .is_ok_and(|size| size.as_u64() == 0)
}

fn variable_violation(name: &str, problem: impl ToString) -> Violation {
    Violation {
        line: None,
        key: name.to_owned(),
        value: None,
        problem: problem.to_string(),
    }
}
