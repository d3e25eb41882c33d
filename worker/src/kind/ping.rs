//! `ping`: answers at once with what the message says.

use super::{Kind, Work};
use crate::request::Request;

/// Work that costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct Ping;

impl Kind for Ping {
    fn work(&mut self, request: Request) -> Work {
        Work::Done(request.echo())
    }
}
