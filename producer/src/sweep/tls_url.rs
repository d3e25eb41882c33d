//! Where a broker that is known in clear answers over TLS: where its user says, or on the same host
//! at the usual port.

use config::{BrokerUrl, BrokerUrlError};

/// The broker over TLS, with the login and the virtual host that it has in clear wherever `said`
/// names none: so no password need stand on a command line.
///
/// # Errors
/// When `said` is no URL.
pub fn tls_url(plain: &BrokerUrl, said: Option<&str>) -> Result<BrokerUrl, BrokerUrlError> {
    // Each part of it is encoded, so the last @, / and : are those that the URL is made with.
    let url = plain.expose();
    let (before_host, rest) = url.rsplit_once('@').unwrap_or(("", url));
    let (host, virtual_host) = rest.rsplit_once('/').unwrap_or((rest, ""));
    let login = before_host.rsplit_once('/').map_or("", |(_, login)| login);
    let Some(said) = said else {
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        return format!("amqps://{login}@{host}/{virtual_host}").parse();
    };
    let (scheme, rest) = said.split_once("://").unwrap_or(("", said));
    let rest = match rest.trim_end_matches('/') {
        host if !host.contains('/') => format!("{host}/{virtual_host}"),
        _ => rest.to_owned(),
    };
    match rest.contains('@') {
        true => format!("{scheme}://{rest}").parse(),
        false => format!("{scheme}://{login}@{rest}").parse(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_user_and_virtual_host_stay_and_the_port_is_the_usual_one() {
        for (plain, expected) in [
            ("amqp://127.0.0.1", "amqps://guest:guest@127.0.0.1:5671/%2F"),
            (
                "amqp://us%40er:p%2Fa%3As@[::1]:5999/v%2Fh",
                "amqps://us%40er:p%2Fa%3As@[::1]:5671/v%2Fh",
            ),
            ("amqp://a:b@rabbit/shop", "amqps://a:b@rabbit:5671/shop"),
        ] {
            let url = tls_url(&plain.parse().unwrap(), None).unwrap();
            assert_eq!(url.expose(), expected);
        }
    }

    #[test]
    fn what_is_left_out_is_as_in_clear() {
        let plain = "amqp://shop:hunter2@rabbit:5999/v%2Fh".parse().unwrap();
        for (said, expected) in [
            ("amqps://safe:5999", "amqps://shop:hunter2@safe:5999/v%2Fh"),
            ("amqps://safe/", "amqps://shop:hunter2@safe:5671/v%2Fh"),
            ("amqps://safe/other", "amqps://shop:hunter2@safe:5671/other"),
            ("amqps://a:b@safe", "amqps://a:b@safe:5671/v%2Fh"),
            ("amqps://a:b@safe:1/c", "amqps://a:b@safe:1/c"),
        ] {
            assert_eq!(tls_url(&plain, Some(said)).unwrap().expose(), expected);
        }
        for said in ["safe:5671", "", "https://safe"] {
            let error = tls_url(&plain, Some(said)).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
