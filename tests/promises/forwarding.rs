//! What is the old server's reaches it, and nothing else does.

use alamor::api::CheckState;
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::old_server::OldServer;
use crate::raw;
use crate::world::{KEY, World, soon};

const CALLBACK: &str = "/zarinpal/verify?Authority=A00000000001&Status=OK";

/// A core in front of an old server.
async fn both() -> (World, OldServer) {
    let old = OldServer::start().await;
    (World::small(1).setting(&old.setting()).start().await, old)
}

/// The check `payments`, as its state and reason.
async fn payments(world: &World) -> Option<(CheckState, Option<String>)> {
    let health = world.client().get_health().await.unwrap();
    let check = health.checks.into_iter().find(|check| check.name == "payments");
    check.map(|check| (check.state, check.reason))
}

#[tokio::test]
async fn a_request_arrives_as_it_was_sent_and_so_does_its_answer() {
    let (world, old) = both().await;
    let request = "POST /zarinpal/verify?a=%20b&c='d' HTTP/1.1\r\nHost: pay.example.net\r\n\
                   X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Real-IP: 203.0.113.7\r\n\
                   Cookie: s=1\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\n\
                   Content-Type: text/x\r\nContent-Length: 5\r\n\r\nhello";
    let answer = raw::send(raw::address(&world), request).await;
    assert_eq!((answer.status(), answer.body()), (202, "5\r\nhello\r\n0\r\n\r\n"), "{answer:?}");
    for kept in ["x-old: 1", "set-cookie: a=b"] {
        assert!(answer.0.contains(kept), "{kept}: {answer:?}");
    }
    assert!(!answer.0.contains("keep-alive"), "{answer:?}");
    let arrived = old.arrived().remove(0);
    assert_eq!(arrived.method, Method::POST);
    assert_eq!(arrived.target, "/zarinpal/verify?a=%20b&c=%27d%27");
    let expected = [
        ("host", "pay.example.net"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "203.0.113.7"),
        ("cookie", "s=1"),
        ("content-type", "text/x"),
        ("content-length", "5"),
    ];
    for (name, value) in expected {
        assert_eq!(arrived.headers[name], value, "{name}");
    }
    for dropped in ["x-hop", "te", "transfer-encoding"] {
        assert!(!arrived.headers.contains_key(dropped), "{dropped}");
    }
}

#[tokio::test]
async fn a_get_has_no_body_and_a_head_no_answer_but_its_headers() {
    let (world, old) = both().await;
    assert_eq!(world.ask(Method::GET, CALLBACK, None).await.status, 202);
    let head = world.ask(Method::HEAD, CALLBACK, None).await;
    assert_eq!((head.status, head.header("x-old")), (202, Some("1")));
    for arrived in old.arrived() {
        assert!(!arrived.headers.contains_key("content-length"), "{arrived:?}");
        assert!(!arrived.headers.contains_key("transfer-encoding"), "{arrived:?}");
        assert_eq!(arrived.target, CALLBACK);
    }
}

#[tokio::test]
async fn bodies_flow_both_ways_at_once() {
    let (world, _old) = both().await;
    let mut stream = TcpStream::connect(raw::address(&world)).await.unwrap();
    let head = "POST /zarinpal/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(format!("{head}3\r\none\r\n").as_bytes()).await.unwrap();
    let mut heard = String::new();
    let mut hear_until = async |stream: &mut TcpStream, end: &str| {
        let mut buffer = [0; 1024];
        while !heard.ends_with(end) {
            let read = soon(stream.read(&mut buffer)).await.unwrap();
            assert!(read > 0, "{heard}");
            heard.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
    };
    hear_until(&mut stream, "3\r\none\r\n").await;
    stream.write_all(b"3\r\ntwo\r\n0\r\n\r\n").await.unwrap();
    hear_until(&mut stream, "3\r\ntwo\r\n0\r\n\r\n").await;
}

#[tokio::test]
async fn no_spelling_of_another_path_reaches_the_old_server() {
    let old = OldServer::start().await;
    let world =
        World::small(1).setting(&old.setting()).setting("LEGACY_PATHS=/shop/").start().await;
    let paths = [
        "/%61dmin/test/1",
        "//admin/test/1",
        "/admin//test/1",
        "/admin%2ftest%2f1",
        "/ADMIN/test/1",
        "/zarinpal/../admin/test/1",
        "/zarinpal/..%2fadmin/test/1",
        "/zarinpal/%2e%2e/admin/test/1",
        "/zarinpal/%2e%2e%2fadmin%2ftest%2f1",
        "/zarinpal/%252e%252e/admin/test/1",
        "/zarinpal/..;/admin/test/1/..",
        "/zarinpal/..\\admin",
        "/zarinpal/%5c..%5cadmin",
        "/zarinpal%2fverify",
        "/zarinpal/%00verify",
        "/zarinpal/verify%0d%0aX-Y:%20z",
        "/zarinpal/%ff",
        "/zarinpalx/verify",
        "/zarinpal",
        "/shop/../sub/sub-1",
        "/%73ub/sub-1",
        "/sub/../zarinpal/verify",
        "/api/%2e%2e/zarinpal/verify",
        "/sub//sub-1/x",
        "/",
    ];
    for path in paths {
        for key in [&[][..], &[&*format!("Authorization: Bearer {KEY}")]] {
            let answer = raw::get(raw::address(&world), path, key).await;
            assert_eq!(answer.status(), 404, "{path}: {answer:?}");
            assert!(!answer.0.contains("sub-1"), "{path}");
        }
    }
    assert_eq!(old.arrived().len(), 0, "{:?}", old.arrived());
    for (path, arrives) in [
        ("//zarinpal///verify", "/zarinpal/verify"),
        ("/%7Aarinpal/%76erify?x=%2f..", "/zarinpal/verify?x=%2f.."),
        ("/shop/a%20b/", "/shop/a%20b/"),
    ] {
        assert_eq!(raw::get(raw::address(&world), path, &[]).await.status(), 202, "{path}");
        assert_eq!(old.arrived().pop().unwrap().target, arrives);
    }
}

/// What would be a request of its own to somebody who believes another length.
const SMUGGLED: &str = "0\r\n\r\nGET /zarinpal/smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

/// Where bodies are read, and where they are not.
const PATHS: [&str; 3] = ["/zarinpal/verify", "/sub/sub-1", "/admin/update_configs/1"];

#[tokio::test]
async fn a_request_whose_length_is_unclear_is_refused_and_goes_nowhere() {
    let (world, old) = both().await;
    for lengths in [
        "Content-Length: 5\r\nContent-Length: 60\r\n",
        "Content-Length: 5, 60\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -1\r\n",
    ] {
        for path in PATHS {
            let request = format!("POST {path} HTTP/1.1\r\nHost: h\r\n{lengths}\r\n{SMUGGLED}");
            let answer = raw::send(raw::address(&world), &request).await;
            assert_eq!(answer.status(), 400, "{lengths:?} {path}: {answer:?}");
            assert_eq!(answer.0.matches("HTTP/1.1 ").count(), 1, "{lengths:?}: {answer:?}");
        }
    }
    assert_eq!(old.arrived().len(), 0, "{:?}", old.arrived());
}

/// RFC 9112, 6.3: the chunks count, and the connection ends with the answer.
#[tokio::test]
async fn of_two_kinds_of_length_one_is_passed_on_and_nothing_is_smuggled_behind_it() {
    let (world, old) = both().await;
    let (length, chunks) = ("Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n");
    for lengths in [format!("{length}{chunks}"), format!("{chunks}{length}")] {
        for path in PATHS {
            let request = format!("POST {path} HTTP/1.1\r\nHost: h\r\n{lengths}\r\n{SMUGGLED}");
            let answer = raw::send(raw::address(&world), &request).await;
            assert_eq!(answer.0.matches("HTTP/1.1 ").count(), 1, "{lengths:?}: {answer:?}");
        }
    }
    let arrived = old.arrived();
    assert_eq!(arrived.len(), 2, "{arrived:?}");
    for each in arrived {
        assert_eq!(each.target, "/zarinpal/verify");
        assert!(!each.headers.contains_key("content-length"), "{each:?}");
    }
}

#[tokio::test]
async fn without_an_old_server_a_callback_is_told_and_the_rest_is_not_found() {
    let world = World::small(1).start().await;
    assert_eq!(payments(&world).await, None);
    let other = world.ask(Method::GET, "/zarinpal/start", None).await;
    assert_eq!(other.status_and_body(), (404, "Not found"));
    assert_eq!(payments(&world).await, None);
    let callback = world.ask(Method::GET, CALLBACK, None).await;
    assert_eq!(callback.status, 502);
    assert!(callback.body.contains("If money was taken"), "{}", callback.body);
    let (state, reason) = payments(&world).await.unwrap();
    assert_eq!(state, CheckState::Crit);
    assert!(reason.unwrap().ends_with("LEGACY_UPSTREAM is not set"));
}

#[tokio::test]
async fn a_lost_callback_is_crit_until_one_comes_through() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let world = World::small(1).setting(&format!("LEGACY_UPSTREAM=http://{address}")).start().await;
    assert_eq!(world.ask(Method::GET, CALLBACK, None).await.status, 502);
    let (state, reason) = payments(&world).await.unwrap();
    assert_eq!(state, CheckState::Crit);
    let reason = reason.unwrap();
    assert!(reason.starts_with("1 payment callbacks were lost"), "{reason}");
    let _old = OldServer::on(TcpListener::bind(address).await.unwrap());
    assert_eq!(world.ask(Method::GET, CALLBACK, None).await.status, 202);
    assert_eq!(payments(&world).await.unwrap().0, CheckState::Ok);
}

#[tokio::test]
async fn a_request_that_comes_back_goes_no_further() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("LEGACY_UPSTREAM=http://{}", listener.local_addr().unwrap());
    let world = World::small(1).setting(&upstream).start().await;
    let to = raw::address(&world);
    // Another address of this machine, as far as settings can tell.
    let circle = tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let mut core = TcpStream::connect(to).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut from, &mut core).await });
        }
    });
    assert_eq!(world.ask(Method::GET, CALLBACK, None).await.status, 508);
    assert_eq!(payments(&world).await.unwrap().0, CheckState::Crit);
    circle.abort();
}
