//! The same firmware behind another line: same digest.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use super::*;

fn rig_over_tcp(address: &str) -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rig.json");
    let rig = format!(
        r#"{{"schema":1,"kind":"rig","title":"tcp","bindings":{{"bms":{{"expect":"reference-bms","transport":{{"type":"tcp","address":"{address}"}}}}}}}}"#
    );
    std::fs::write(&path, rig).unwrap();
    library().rig(&path).unwrap()
}

#[test]
fn firmware_behind_tcp_gives_the_digest_of_a_child_process() {
    let program = native("1.1");
    let here = go(INRUSH, Some(&rig(&[&program]))).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // The firmware's standard input and output are the accepted connection itself.
    let server = std::thread::spawn(move || {
        let line: OwnedFd = listener.accept().unwrap().0.into();
        let output = Stdio::from(line.try_clone().unwrap());
        Command::new(program).stdin(Stdio::from(line)).stdout(output).spawn().unwrap().wait()
    });
    let there = go(INRUSH, Some(&rig_over_tcp(&address))).unwrap();
    assert_eq!(there.trace.digest(), here.trace.digest());
    assert_eq!(there.verdict.judged.subject, here.verdict.judged.subject);
    server.join().unwrap().unwrap();
}

#[test]
fn a_port_where_nobody_listens_never_answered() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    match go(INRUSH, Some(&rig_over_tcp(&unused))) {
        Err(error @ BenchError::NeverAnswered { .. }) => {
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains(&unused), "{source}");
        }
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("nobody answered"),
    }
}
