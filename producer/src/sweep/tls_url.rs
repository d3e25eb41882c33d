//! Where a broker that is known in clear answers over TLS, where nobody says: on the same host, at
//! the usual port.

use config::{BrokerUrl, BrokerUrlError};

/// The same host, user and virtual host, over TLS at port 5671.
///
/// # Errors
/// Never, for a URL that is one already.
pub fn tls_url(plain: &BrokerUrl) -> Result<BrokerUrl, BrokerUrlError> {
    // Each part of it is encoded, so the last @, / and : are those that the URL is made with.
    let url = plain.expose();
    let (before_host, rest) = url.rsplit_once('@').unwrap_or(("", url));
    let (host, virtual_host) = rest.rsplit_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let login = before_host.rsplit_once('/').map_or("", |(_, login)| login);
    format!("amqps://{login}@{host}/{virtual_host}").parse()
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
            let url = tls_url(&plain.parse().unwrap()).unwrap();
            assert_eq!(url.expose(), expected);
        }
    }
}
