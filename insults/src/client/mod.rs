//! `client`: one request from the command line, or what is broadcast.

mod args;
mod ask;
mod print;
mod subscribe;

pub use args::{ClientArgs, ClientCommand};

use crate::request::{Read, Request, Write};
use crate::service::Service;
use broker::Endpoint;
use config::{Config, Environment};
use print::Form;
use program::runtime::complete;
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

/// What a client is told to do.
#[derive(Debug)]
pub struct Client {
    endpoint: Endpoint,
    service: Service,
    form: Form,
    errand: Errand,
}

#[derive(Debug)]
enum Errand {
    Ask {
        request: Request,
        timeout: Duration,
    },
    /// So many words, or all there will ever be.
    Subscribe(Option<NonZeroU64>),
}

impl Client {
    /// Reads the configuration, for the broker's URL.
    ///
    /// # Errors
    /// When it is missing or wrong: the caller's exit code 64.
    pub fn prepare(
        args: &ClientArgs,
        file: Option<&Path>,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let config = Config::load_or_shipped(file, environment)?.config;
        Ok(Self {
            endpoint: Endpoint::new(&config.broker),
            service: Service::new(&args.service),
            form: if args.json { Form::Json } else { Form::Text },
            errand: errand(args),
        })
    }

    /// Does it.
    ///
    /// # Errors
    /// When nobody answers, or the answer is an error.
    pub fn run(self) -> anyhow::Result<()> {
        let Self {
            endpoint,
            service,
            form,
            errand,
        } = self;
        complete(async move {
            match errand {
                Errand::Ask { request, timeout } => {
                    ask::ask(&endpoint, &service, &request, timeout, form).await
                }
                Errand::Subscribe(count) => {
                    subscribe::subscribe(&endpoint, &service, count, form).await
                }
            }
        })
    }
}

fn errand(args: &ClientArgs) -> Errand {
    let request = match &args.command {
        ClientCommand::Add { word } => Request::Write(Write::Add(word.clone())),
        ClientCommand::Remove { word } => Request::Write(Write::Remove(word.clone())),
        ClientCommand::BroadcastStart => Request::Write(Write::BroadcastStart),
        ClientCommand::BroadcastStop => Request::Write(Write::BroadcastStop),
        ClientCommand::List => Request::Read(Read::List),
        ClientCommand::Random => Request::Read(Read::Random),
        ClientCommand::Status => Request::Read(Read::Status),
        ClientCommand::Subscribe { count } => return Errand::Subscribe(*count),
    };
    let timeout = args.timeout;
    Errand::Ask { request, timeout }
}
