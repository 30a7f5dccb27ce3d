//! Everything that `/openapi.json` describes, asked in ways that nobody thought of: no answer is
//! missing there, none is of another kind or shape, and none is a server's fault.

use crate::python::python;
use crate::run::Process;
use crate::world::World;

/// A stream of events has no end.
const ENDLESS: &str = "/api/v1/events";

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,response_headers_conformance,\
                      allow_header_conformance,unsupported_method,ignored_auth";

#[test]
fn no_question_that_can_be_made_up_gets_an_answer_that_is_not_described() {
    let world = World::new();
    let panel = world.panel("de-1");
    for user in 1..=3 {
        world.sell(&panel, user);
    }
    let _core = world.serve();
    world.alamor(&["update", "--all"]).expect(0);
    let document = format!("http://{}/openapi.json", world.address());
    let key = format!("Authorization: Bearer {}", world.setting("ADMIN_API_KEY"));
    let mut asker = python("schemathesis", world.folder());
    asker.args(["run", &document, "--header", &key, "--checks", CHECKS]);
    // The same questions each time, so many for each route.
    asker.args(["--seed", "1", "--max-examples", "40", "--phases", "examples,coverage,fuzzing"]);
    asker.args([
        "--exclude-path",
        ENDLESS,
        "--continue-on-failure",
        "--generation-database",
        "none",
    ]);
    let done = Process::start(asker, "").done();
    assert_eq!(done.code, Some(0), "{}\n{}", done.out, done.err);
    assert!(done.out.contains("✅ Fuzzing") && !done.out.contains("❌"), "{}", done.out);
    assert_eq!(world.get("/livez", &[]).0, 200);
}
