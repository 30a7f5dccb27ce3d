//! No secret is said, however much is logged.

use alamor::demo::behaviour::Behaviour;
use rustix::process::Signal;

use crate::world::{PASSWORD, World};

#[test]
fn a_core_that_logs_everything_says_no_secret() {
    let world = World::new();
    world.set("LOG_LEVEL", "trace");
    let (good, bad) = (world.panel("de-1"), world.panel("fr-2"));
    let sold = [world.sell(&good, 7), world.sell(&bad, 8)];
    let core = world.serve();
    let key = world.setting("ADMIN_API_KEY");
    let bearer = format!("Bearer {key}");
    let mut said = String::new();
    for behaviour in
        [Behaviour::Healthy, Behaviour::LoginPage, Behaviour::Refuse, Behaviour::CutShort]
    {
        world.behave(&bad, behaviour);
        for args in [
            &["update", "--all"][..],
            &["update", "--all", "--json"],
            &["purchases"],
            &["purchases", "--json"],
            &["status", "--json"],
            &["panels"],
            &["panels", "de-1", "--json"],
            &["panels", "fr-2", "--probe"],
            &["panels", "fr-2", "--retry"],
            &["logs", "-n", "500"],
            &["logs", "-n", "500", "--level", "trace", "--json"],
        ] {
            let done = world.alamor(args);
            said += &(done.out + &done.err);
        }
    }
    for purchase in &sold {
        assert_eq!(world.get(&format!("/sub/{}", purchase.sub_id), &[]).0, 200);
        let path = format!("/admin/test/{}", purchase.id);
        assert_eq!(world.get(&path, &[("Authorization", &bearer)]).0, 200);
    }
    assert_eq!(world.get("/sub/guessed-by-a-stranger", &[]).0, 404);
    assert_eq!(world.get("/api/v1/health", &[("Authorization", "Bearer guessed-key")]).0, 401);
    let done = core.stop(Signal::TERM).expect(0);
    said += &(done.out + &done.err);

    assert!(said.contains("TRACE") && said.contains("Stopped by TERM"), "nothing was logged");
    let mut secrets = vec![
        ("the key", key),
        ("the encryption key", world.setting("ENCRYPTION_KEY_ALAMOR")),
        ("a panel's password", PASSWORD.to_owned()),
        ("a key that was guessed", "guessed-key".to_owned()),
        ("an id that was guessed", "guessed-by-a-stranger".to_owned()),
    ];
    for (panel, purchase) in [&good, &bad].into_iter().zip(&sold) {
        let client = alamor::demo::client::Client::new(&purchase.sub_id);
        secrets.push(("a subscription id", purchase.sub_id.clone()));
        secrets.extend(client.secrets(panel.name()).into_iter().map(|one| ("a link's", one)));
    }
    for (what, secret) in secrets {
        let line = said.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{what} is told");
    }
}
