//! RabbitMQ's management API, as far as a run needs it: virtual hosts, users and permissions.

use anyhow::{Context, Result, ensure};
use api::Url;
use api::http::{Client, HeaderValue, Response, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::time::Duration;

/// No answer here takes longer than a few milliseconds on an idle broker.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// The management API of one broker.
#[derive(Clone, Debug)]
pub struct Management {
    client: Client,
    base: String,
    user: String,
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
        let login = BASE64_STANDARD.encode(format!("{user}:{password}"));
        let authorization = HeaderValue::try_from(format!("Basic {login}"))
            .expect("base64 has only characters that a header may have");
        Self {
            client: Client::new(ANSWER_WITHIN).with_authorization(authorization),
            base: format!("http://{host}:{port}/api"),
            user: user.to_owned(),
        }
    }

    /// Whether the API is there and takes the login.
    pub async fn answers(&self) -> bool {
        let asked = async { anyhow::Ok(self.client.get(&self.url("whoami")?).await?) };
        asked.await.is_ok_and(|answer| answer.status().is_success())
    }

    /// Makes a virtual host and gives its maker every permission in it.
    pub async fn create_virtual_host(&self, name: &str) -> Result<()> {
        self.put(&format!("vhosts/{name}"), json!({})).await?;
        self.permit(name, &self.user, Permissions::ALL).await
    }

    /// Removes a virtual host with all that is in it; one that is not there is fine.
    pub async fn delete_virtual_host(&self, name: &str) -> Result<()> {
        self.delete(&format!("vhosts/{name}")).await
    }

    /// Makes a user without any permission.
    pub async fn create_user(&self, name: &str, password: &str) -> Result<()> {
        let body = json!({"password": password, "tags": ""});
        self.put(&format!("users/{name}"), body).await
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
        self.put(&format!("permissions/{virtual_host}/{user}"), body)
            .await
    }

    /// Deletes a queue; one that is not there is fine.
    pub async fn delete_queue(&self, virtual_host: &str, queue: &str) -> Result<()> {
        self.delete(&format!("queues/{virtual_host}/{queue}")).await
    }

    async fn put(&self, path: &str, body: Value) -> Result<()> {
        let answer = self.client.put(&self.url(path)?, &body).await?;
        ensure!(
            answer.status().is_success(),
            "{}",
            refusal("PUT", path, &answer)
        );
        Ok(())
    }

    async fn delete(&self, path: &str) -> Result<()> {
        let answer = self.client.delete(&self.url(path)?).await?;
        let gone_already = answer.status() == StatusCode::NOT_FOUND;
        ensure!(
            answer.status().is_success() || gone_already,
            "{}",
            refusal("DELETE", path, &answer)
        );
        Ok(())
    }

    fn url(&self, path: &str) -> Result<Url> {
        let url = format!("{}/{path}", self.base);
        Url::parse(&url).with_context(|| format!("{url} is no address"))
    }
}

fn refusal(method: &str, path: &str, answer: &Response<String>) -> String {
    let (status, said) = (answer.status(), answer.body());
    format!("the management API refused {method} {path} with {status}: {said}")
}
