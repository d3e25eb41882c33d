//! Clients that keep silent cost the controller a bounded number of open files for a bounded time.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails on what it does not expect"
)]

use axum::Router;
use axum::routing::get;
use controller::clients::{Clients, Limits};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const AN_HOUR: Duration = Duration::from_secs(3600);

async fn serve(limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(async || "here"));
    tokio::spawn(async move { axum::serve(Clients::new(listener, limits), router).await });
    address
}

/// A client that has begun to ask.
async fn begin(address: SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    client
}

/// A client that has asked.
async fn ask(address: SocketAddr) -> TcpStream {
    let mut client = begin(address).await;
    let rest = b"host: localhost\r\nconnection: close\r\n\r\n";
    client.write_all(rest).await.unwrap();
    client
}

async fn answer(mut client: TcpStream) -> String {
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn clients_that_keep_silent_make_room_for_one_that_asks() {
    let limits = Limits {
        clients_max: 2,
        silence_max: Duration::from_millis(50),
    };
    let address = serve(limits).await;
    let mut silent = Vec::new();
    for _ in 0..limits.clients_max {
        silent.push(begin(address).await);
    }

    let answer = answer(ask(address).await).await;

    assert!(answer.ends_with("here"), "{answer}");
}

#[tokio::test]
async fn no_more_clients_are_served_at_once_than_there_are_places_for() {
    let limits = Limits {
        clients_max: 1,
        silence_max: AN_HOUR,
    };
    let address = serve(limits).await;
    let first = begin(address).await;

    let mut second = ask(address).await;

    let mut byte = [0];
    let waits = timeout(Duration::from_millis(100), second.read_exact(&mut byte)).await;
    assert!(waits.is_err(), "{waits:?}");
    drop(first);
    assert!(answer(second).await.ends_with("here"));
}
