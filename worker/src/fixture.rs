//! Messages and rules for tests.

use crate::request::Rules;
use broker::{Delivery, Persistence, Properties};

pub(crate) fn rules() -> Rules {
    Rules {
        work_queue: "work".to_owned(),
        results_queue: None,
        max_message_bytes: 20,
    }
}

pub(crate) fn delivery(body: impl Into<Vec<u8>>, reply_to: Option<&str>) -> Delivery {
    let mut properties = Properties {
        reply_to: reply_to.map(str::to_owned),
        correlation_id: Some("c".to_owned()),
        message_id: Some("m".to_owned()),
        persistence: Persistence::Persistent,
        ..Properties::default()
    };
    properties.headers.insert("warren-sequence", 7);
    properties.headers.insert("x-other", 8);
    Delivery {
        tag: 1,
        redelivered: false,
        exchange: "events".to_owned(),
        routing_key: "key".to_owned(),
        body: body.into(),
        properties,
    }
}
