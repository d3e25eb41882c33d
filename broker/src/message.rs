//! Messages as they are published and consumed: a body, the properties that Warren uses by name,
//! and everything else kept as it came, so that a copy of a message loses nothing.

use crate::error::{Error, ErrorKind};
use lapin::BasicProperties;
use lapin::types::{AMQPValue, ByteArray, FieldTable, LongString, ShortString};

/// A message to publish: what a [`crate::Delivery`] has beside its tag and its origin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Opaque to the broker and to Warren; `content_type` says what it holds.
    pub body: Vec<u8>,
    /// What is said about it.
    pub properties: Properties,
}

/// What is said about a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Properties {
    /// The queue that waits for an answer.
    pub reply_to: Option<String>,
    /// Joins an answer to its question.
    pub correlation_id: Option<String>,
    /// Names the message; unique only where its publisher makes it so.
    pub message_id: Option<String>,
    /// The body's media type, such as `text/plain`.
    pub content_type: Option<String>,
    /// Whether the broker writes it to disk.
    pub persistence: Persistence,
    /// Whatever else the publisher says.
    pub headers: Headers,
    /// The properties that Warren never looks at.
    pub others: OtherProperties,
}

/// Whether the broker writes a message to disk, so that it outlives a restart in a durable queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Persistence {
    /// Gone with a restart of the broker: what AMQP assumes where nothing is said.
    #[default]
    Transient,
    /// On disk before it is confirmed; in a durable queue it outlives a restart.
    Persistent,
}

/// Properties that Warren hands on without looking at them. What belongs to one hop is left out:
/// the expiration, which would run again from the start, and the user, which the broker checks
/// against the connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OtherProperties {
    content_encoding: Option<ShortString>,
    priority: Option<u8>,
    timestamp: Option<u64>,
    kind: Option<ShortString>,
    app_id: Option<ShortString>,
}

/// Named values beside the body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headers(FieldTable);

/// What a header can be set to.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderValue {
    /// Sent as a signed 64-bit integer.
    Integer(i64),
    /// Sent as a double.
    Float(f64),
    /// Sent as a long string, in UTF-8.
    Text(String),
    /// Bytes that are no text.
    Bytes(Vec<u8>),
    /// Sent as a boolean.
    Truth(bool),
}

impl From<bool> for HeaderValue {
    fn from(value: bool) -> Self {
        Self::Truth(value)
    }
}

impl From<i64> for HeaderValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for HeaderValue {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for HeaderValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for HeaderValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for HeaderValue {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl HeaderValue {
    fn into_amqp(self) -> AMQPValue {
        match self {
            Self::Integer(value) => AMQPValue::LongLongInt(value),
            Self::Float(value) => AMQPValue::Double(value),
            Self::Text(value) => AMQPValue::LongString(value.into()),
            Self::Bytes(value) => AMQPValue::ByteArray(ByteArray::from(value)),
            Self::Truth(value) => AMQPValue::Boolean(value),
        }
    }
}

impl Headers {
    /// Sets a header, in the place of one with the same name.
    ///
    /// # Panics
    /// On a name of more than 255 bytes, AMQP's limit: names are Warren's own, short and fixed.
    pub fn insert(&mut self, name: &'static str, value: impl Into<HeaderValue>) {
        self.0.insert(name.into(), value.into().into_amqp());
    }

    /// Sets a header whose name is a user's: one of more than 255 bytes is refused.
    pub fn try_insert(&mut self, name: &str, value: impl Into<HeaderValue>) -> Result<(), Error> {
        let name = short(name, "header name")?;
        self.0.insert(name, value.into().into_amqp());
        Ok(())
    }

    /// A header, if it is there and is a number, text, bytes, or yes or no.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<HeaderValue> {
        Some(match self.0.inner().get(name)? {
            AMQPValue::ShortShortInt(value) => HeaderValue::Integer((*value).into()),
            AMQPValue::ShortShortUInt(value) => HeaderValue::Integer((*value).into()),
            AMQPValue::ShortInt(value) => HeaderValue::Integer((*value).into()),
            AMQPValue::ShortUInt(value) => HeaderValue::Integer((*value).into()),
            AMQPValue::LongInt(value) => HeaderValue::Integer((*value).into()),
            AMQPValue::LongUInt(value) => HeaderValue::Integer((*value).into()),
            AMQPValue::LongLongInt(value) => HeaderValue::Integer(*value),
            AMQPValue::Float(value) => HeaderValue::Float((*value).into()),
            AMQPValue::Double(value) => HeaderValue::Float(*value),
            AMQPValue::ShortString(value) => HeaderValue::Text(value.as_str().to_owned()),
            AMQPValue::LongString(value) => match std::str::from_utf8(value.as_bytes()) {
                Ok(text) => HeaderValue::Text(text.to_owned()),
                Err(_) => HeaderValue::Bytes(value.as_bytes().to_vec()),
            },
            AMQPValue::ByteArray(value) => HeaderValue::Bytes(value.as_slice().to_vec()),
            AMQPValue::Boolean(value) => HeaderValue::Truth(*value),
            _ => return None,
        })
    }

    /// A header, if it is there and is a whole number.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            HeaderValue::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// A header, if it is there and is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            HeaderValue::Text(value) => Some(value),
            _ => None,
        }
    }

    /// Those whose names are chosen, of whatever type they are.
    #[must_use]
    pub fn chosen(&self, is_chosen: impl Fn(&str) -> bool) -> Self {
        let all = self.0.inner().iter();
        let chosen = all.filter(|(name, _)| is_chosen(name.as_str()));
        let chosen = chosen.map(|(name, value)| (name.clone(), value.clone()));
        Self(FieldTable::from(
            chosen.collect::<std::collections::BTreeMap<_, _>>(),
        ))
    }

    /// What they are called, in the order of their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.inner().keys().map(ShortString::as_str)
    }

    /// Headers of any type, those included that Warren does not know.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.inner().len()
    }

    /// Whether the message came without headers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.inner().is_empty()
    }
}

impl Properties {
    pub(crate) fn from_amqp(properties: &BasicProperties) -> Self {
        let text =
            |value: &Option<ShortString>| value.as_ref().map(|text| text.as_str().to_owned());
        Self {
            reply_to: text(properties.reply_to()),
            correlation_id: text(properties.correlation_id()),
            message_id: text(properties.message_id()),
            content_type: text(properties.content_type()),
            persistence: match properties.delivery_mode() {
                Some(DELIVERY_MODE_PERSISTENT) => Persistence::Persistent,
                _ => Persistence::Transient,
            },
            headers: Headers(properties.headers().clone().unwrap_or_default()),
            others: OtherProperties {
                content_encoding: properties.content_encoding().clone(),
                priority: *properties.priority(),
                timestamp: *properties.timestamp(),
                kind: properties.kind().clone(),
                app_id: properties.app_id().clone(),
            },
        }
    }

    pub(crate) fn into_amqp(self) -> Result<BasicProperties, Error> {
        let mut properties = BasicProperties::default();
        if let Some(text) = self.reply_to {
            properties = properties.with_reply_to(short(text, "reply_to")?);
        }
        if let Some(text) = self.correlation_id {
            properties = properties.with_correlation_id(short(text, "correlation_id")?);
        }
        if let Some(text) = self.message_id {
            properties = properties.with_message_id(short(text, "message_id")?);
        }
        if let Some(text) = self.content_type {
            properties = properties.with_content_type(short(text, "content_type")?);
        }
        if self.persistence == Persistence::Persistent {
            properties = properties.with_delivery_mode(DELIVERY_MODE_PERSISTENT);
        }
        if !self.headers.is_empty() {
            properties = properties.with_headers(self.headers.0);
        }
        let others = self.others;
        if let Some(encoding) = others.content_encoding {
            properties = properties.with_content_encoding(encoding);
        }
        if let Some(priority) = others.priority {
            properties = properties.with_priority(priority);
        }
        if let Some(timestamp) = others.timestamp {
            properties = properties.with_timestamp(timestamp);
        }
        if let Some(kind) = others.kind {
            properties = properties.with_type(kind);
        }
        if let Some(app_id) = others.app_id {
            properties = properties.with_app_id(app_id);
        }
        Ok(properties)
    }
}

/// AMQP's number for "write it to disk".
const DELIVERY_MODE_PERSISTENT: u8 = 2;

/// AMQP's short strings hold 255 bytes; the library panics on more.
pub(crate) fn short(text: impl Into<String>, what: &str) -> Result<ShortString, Error> {
    ShortString::try_new(text).map_err(|_| {
        Error::new(
            ErrorKind::Other,
            format!("a {what} of more than 255 bytes does not go into an AMQP message; shorten it"),
        )
    })
}

/// Text as the argument of a queue.
pub(crate) fn long(text: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_loses_nothing_that_outlives_a_hop() {
        let mut table = FieldTable::default();
        table.insert(
            "x-death".into(),
            AMQPValue::FieldTable(FieldTable::default()),
        );
        table.insert("small".into(), AMQPValue::ShortShortInt(-3));
        let came = BasicProperties::default()
            .with_reply_to("answers".into())
            .with_correlation_id("7".into())
            .with_message_id("m".into())
            .with_content_type("text/plain".into())
            .with_delivery_mode(2)
            .with_headers(table)
            .with_priority(4)
            .with_timestamp(99)
            .with_type("kind".into())
            .with_app_id("app".into())
            .with_content_encoding("utf-8".into());
        let properties = Properties::from_amqp(&came);
        assert_eq!(properties.headers.integer("small"), Some(-3));
        assert_eq!(properties.into_amqp().unwrap(), came);
    }

    #[test]
    fn headers_come_back_as_they_were_set() {
        let mut headers = Headers::default();
        headers.insert("sequence", 1_i64 << 60);
        headers.insert("rate", 0.5);
        headers.insert("why", "not UTF-8");
        headers.insert("bytes", vec![0xff_u8, 0]);
        headers.insert("sure", true);
        assert_eq!(headers.integer("sequence"), Some(1 << 60));
        assert_eq!(headers.get("rate"), Some(HeaderValue::Float(0.5)));
        assert_eq!(headers.text("why").as_deref(), Some("not UTF-8"));
        assert_eq!(
            headers.get("bytes"),
            Some(HeaderValue::Bytes(vec![0xff, 0]))
        );
        assert_eq!(
            (headers.integer("why"), headers.get("missing")),
            (None, None)
        );
        assert_eq!(headers.get("sure"), Some(HeaderValue::Truth(true)));
        assert_eq!(headers.len(), 5);
        let chosen = headers.chosen(|name| name.starts_with('w'));
        assert_eq!(
            (chosen.len(), chosen.text("why").as_deref()),
            (1, Some("not UTF-8"))
        );
    }

    #[test]
    fn a_header_of_a_users_has_a_name_that_fits() {
        let mut headers = Headers::default();
        headers.try_insert(&"n".repeat(255), 1).unwrap();
        let error = headers.try_insert(&"n".repeat(256), 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a header name of more than 255 bytes does not go into an AMQP message; shorten it"
        );
        assert_eq!(headers.len(), 1);
    }

    #[test]
    fn a_property_that_is_too_long_is_an_error() {
        let properties = Properties {
            correlation_id: Some("x".repeat(256)),
            ..Properties::default()
        };
        let error = properties.into_amqp().unwrap_err();
        assert!(error.to_string().contains("correlation_id"), "{error}");
    }
}
