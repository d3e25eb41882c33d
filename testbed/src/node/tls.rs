//! The node's listener with TLS: a certificate authority and a server certificate, made afresh.

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::fs;
use std::path::Path;

/// The lines of `rabbitmq.conf` that make the node listen, once its certificates are written.
pub(super) fn listener(directory: &Path, port: u16) -> Result<String> {
    fs::create_dir_all(directory).with_context(|| format!("make {}", directory.display()))?;
    write_certificates(directory)?;
    let tls = directory.display();
    Ok(format!(
        "listeners.ssl.1 = 127.0.0.1:{port}\n\
         ssl_options.cacertfile = {tls}/ca.pem\n\
         ssl_options.certfile = {tls}/server.pem\n\
         ssl_options.keyfile = {tls}/server.key\n\
         ssl_options.verify = verify_none\n"
    ))
}

/// Writes `ca.pem`, `server.pem` and `server.key`; the server is `localhost`.
fn write_certificates(directory: &Path) -> Result<()> {
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "Warren's tests");
    let authority_certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);

    let server_key = KeyPair::generate()?;
    let server = CertificateParams::new(["localhost".to_owned()])?;
    let server_certificate = server.signed_by(&server_key, &issuer)?;

    for (name, text) in [
        ("ca.pem", authority_certificate.pem()),
        ("server.pem", server_certificate.pem()),
        ("server.key", server_key.serialize_pem()),
    ] {
        let path = directory.join(name);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}
