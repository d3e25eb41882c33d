//! RabbitMQ's management API, as far as a run needs it: virtual hosts, users and permissions.

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// No answer here takes longer than a few milliseconds on an idle broker.
const ANSWER_SECONDS: u64 = 15;

/// The management API of one broker.
#[derive(Clone, Debug)]
pub struct Management {
    client: Client,
    base: String,
    user: String,
    password: String,
}

/// What a user may do in a virtual host, as regular expressions over names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions<'a> {
    /// Declare and delete.
    pub configure: &'a str,
    /// Publish, and bind queues.
    pub write: &'a str,
    /// Consume, purge, and bind exchanges.
    pub read: &'a str,
}

impl Permissions<'static> {
    pub const ALL: Self = Self {
        configure: ".*",
        write: ".*",
        read: ".*",
    };
    pub const NONE: Self = Self {
        configure: "",
        write: "",
        read: "",
    };
}

impl Management {
    pub(crate) fn new(host: &str, port: u16, user: &str, password: &str) -> Self {
        Self {
            client: Client::new(),
            base: format!("http://{host}:{port}/api"),
            user: user.to_owned(),
            password: password.to_owned(),
        }
    }

    /// Whether the API is there and takes the login.
    pub async fn answers(&self) -> bool {
        self.send(Method::GET, "whoami", None).await.is_ok()
    }

    /// Makes a virtual host and gives its maker every permission in it.
    pub async fn create_virtual_host(&self, name: &str) -> Result<()> {
        let path = format!("vhosts/{name}");
        self.send(Method::PUT, &path, Some(json!({}))).await?;
        self.permit(name, &self.user, Permissions::ALL).await
    }

    /// Removes a virtual host with all that is in it.
    pub async fn delete_virtual_host(&self, name: &str) -> Result<()> {
        self.send(Method::DELETE, &format!("vhosts/{name}"), None)
            .await
    }

    /// Makes a user without any permission.
    pub async fn create_user(&self, name: &str, password: &str) -> Result<()> {
        let body = json!({"password": password, "tags": ""});
        self.send(Method::PUT, &format!("users/{name}"), Some(body))
            .await
    }

    /// Sets what a user may do in a virtual host.
    pub async fn permit(
        &self,
        virtual_host: &str,
        user: &str,
        permissions: Permissions<'_>,
    ) -> Result<()> {
        let body = json!({
            "configure": permissions.configure,
            "write": permissions.write,
            "read": permissions.read,
        });
        let path = format!("permissions/{virtual_host}/{user}");
        self.send(Method::PUT, &path, Some(body)).await
    }

    /// Deletes a queue; one that is not there is fine.
    pub async fn delete_queue(&self, virtual_host: &str, queue: &str) -> Result<()> {
        self.send(
            Method::DELETE,
            &format!("queues/{virtual_host}/{queue}"),
            None,
        )
        .await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<()> {
        let mut request = self
            .client
            .request(method.clone(), format!("{}/{path}", self.base))
            .basic_auth(&self.user, Some(&self.password))
            .timeout(Duration::from_secs(ANSWER_SECONDS));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request
            .send()
            .await
            .with_context(|| format!("ask the management API: {method} {path}"))?;
        let status = answer.status();
        let gone_already = method == Method::DELETE && status == StatusCode::NOT_FOUND;
        ensure!(
            status.is_success() || gone_already,
            "the management API refused {method} {path} with {status}"
        );
        Ok(())
    }
}
