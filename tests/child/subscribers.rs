//! Subscribers who ask without a pause, and believe nothing.
//!
//! Every answer must be 200 with as many links as were bought, and none older than what was served
//! before: the first inbound of a panel moves to the next port whenever its links become others. No
//! answer at all is what a dead core gives, and nobody else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A subscription, and what is known of it.
pub struct Asked {
    sub_id: String,
    links: usize,
    /// The ports of its links together, as they were served last.
    ports: u64,
}

impl Asked {
    pub fn new(sub_id: &str, links: usize) -> Self {
        Self { sub_id: sub_id.to_owned(), links, ports: 0 }
    }

    /// Holds an answer against what is known.
    fn check(&mut self, status: u16, body: &str) {
        assert_eq!(status, 200, "{}: {body}", self.sub_id);
        let text = String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
        assert_eq!(text.lines().count(), self.links, "{}", self.sub_id);
        let ports = text.lines().filter_map(port).sum();
        assert!(ports > 0, "{}: none of its links moves: {text}", self.sub_id);
        assert!(ports >= self.ports, "{}: older than before", self.sub_id);
        self.ports = ports;
    }
}

/// The port of a link that has it in the open.
fn port(link: &str) -> Option<u64> {
    let link = url::Url::parse(link).ok().filter(|link| link.scheme() == "vless")?;
    link.port().map(u64::from)
}

/// What they got.
#[derive(Debug, Clone, Copy, Default)]
pub struct Got {
    pub answers: usize,
    /// Questions without an answer.
    pub refused: usize,
}

/// Them all.
pub struct Subscribers {
    stop: CancellationToken,
    got: watch::Receiver<Got>,
    asking: JoinHandle<()>,
}

impl Subscribers {
    /// Asks the core at `url` for each of these in turn.
    pub fn start(url: &str, asked: Vec<Asked>) -> Self {
        let stop = CancellationToken::new();
        let (sender, got) = watch::channel(Got::default());
        let asking = tokio::spawn(ask(url.to_owned(), asked, sender, stop.clone()));
        Self { stop, got, asking }
    }

    /// Waits for so many more answers.
    pub async fn wait_for_answers(&mut self, count: usize) {
        let enough = self.got.borrow().answers + count;
        // Who fails takes the sender along.
        self.got.wait_for(|got| got.answers >= enough).await.unwrap();
    }

    /// A wrong answer fails here.
    pub async fn stop(self) -> Got {
        self.stop.cancel();
        self.asking.await.unwrap();
        *self.got.borrow()
    }
}

async fn ask(url: String, mut asked: Vec<Asked>, got: watch::Sender<Got>, stop: CancellationToken) {
    // A new connection for each question: an old one says nothing of who refuses.
    let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    while !stop.is_cancelled() {
        for one in &mut asked {
            match fetch(&http, &format!("{url}/sub/{}", one.sub_id)).await {
                Ok((status, body)) => {
                    one.check(status, &body);
                    got.send_modify(|got| got.answers += 1);
                }
                Err(_) => got.send_modify(|got| got.refused += 1),
            }
        }
    }
}

/// One that is cut off in the middle is no answer either.
async fn fetch(http: &reqwest::Client, url: &str) -> reqwest::Result<(u16, String)> {
    let response = http.get(url).send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}
