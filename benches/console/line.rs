//! How soon the loss of a core is on the screen.

use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::Missed;
use crate::idle::open;
use crate::world::{PLAIN, World};

/// What the line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Carries,
    Silent,
    Cut,
}

/// A line that is reset, and one that carries nothing any more.
pub(crate) fn losses(runtime: &Runtime, missed: &mut Missed) -> anyhow::Result<()> {
    let world = World::build(PLAIN, runtime)?;
    let (core, client) = runtime.block_on(world.start())?;
    let address = client.url().trim_start_matches("http://").to_owned();
    let (line, watched) = watch::channel(Line::Carries);
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let url = format!("http://{}", listener.local_addr()?);
    runtime.spawn(serve(listener, address, watched));
    for (how, name, limit) in
        [(Line::Cut, "the line cut: stale", 1.0), (Line::Silent, "the line silent: stale", 10.0)]
    {
        let mut screen = open(&world, &url, &[], (80, 24))?;
        screen.shows(&["● live"])?;
        screen.count_for(Duration::from_secs(2));
        let began = Instant::now();
        line.send_replace(how);
        screen.shows(&["stale since"])?;
        missed.row(name, (screen.last - began).as_secs_f64(), limit, "s");
        line.send_replace(Line::Carries);
        screen.shows(&["● live"])?;
    }
    runtime.block_on(core.stop());
    Ok(())
}

async fn serve(listener: TcpListener, core: String, line: watch::Receiver<Line>) {
    while let Ok((customer, _)) = listener.accept().await {
        tokio::spawn(carry(customer, core.clone(), line.clone()));
    }
}

async fn carry(mut customer: TcpStream, core: String, mut line: watch::Receiver<Line>) {
    let Ok(mut core) = TcpStream::connect(core).await else { return };
    loop {
        let now = *line.borrow_and_update();
        let changed = match now {
            Line::Cut => {
                drop(customer.set_zero_linger());
                return;
            }
            Line::Silent => line.changed().await,
            Line::Carries => tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut customer, &mut core) => return,
                changed = line.changed() => changed,
            },
        };
        if changed.is_err() {
            return;
        }
    }
}
