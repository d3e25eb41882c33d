//! The process fleet with real processes: scripts that stand for workers. No broker is needed.

use super::fixture::{ScriptedFleet, pool_name};
use super::{Fleet, StateDir, StateDirError, drain_abandoned};
use crate::fleet::procfs::{self, Life};
use policy::{Activity, Event, Exit, FailedAction, WorkerId, WorkerStatus};
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

const ONE: WorkerId = WorkerId(1);
const TWO: WorkerId = WorkerId(2);

/// Says that it runs, and does so until it is told to stop.
const OBEDIENT: &str = "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done";

fn started(worker: WorkerId) -> Event {
    Event::WorkerStarted { worker }
}

#[tokio::test]
async fn a_worker_starts_and_its_end_is_reported_as_it_was() {
    for (script, expected) in [
        ("exit 0", Exit::Code(0)),
        ("exit 3", Exit::Code(3)),
        ("kill -SEGV $$", Exit::Signal(11)),
    ] {
        let mut scripted = ScriptedFleet::new(script).await;

        scripted.fleet().start(ONE);

        assert_eq!(scripted.event().await, started(ONE));
        assert_eq!(scripted.exit_of(ONE).await, expected, "{script}");
        assert!(!scripted.roster().exists());
    }
}

#[tokio::test]
async fn drain_asks_the_whole_group_and_kill_does_not_ask() {
    let child = "sh -c 'trap exit TERM; echo child up; while :; do sleep 0.05; done'";
    // It is asked itself, and outlives its child, which it does not ask: a wait ends with the child
    // or with the signal, so the second one ends with the child.
    let script = format!("trap 'code=7' TERM; {child} & echo parent up; wait; wait; exit $code");
    let mut scripted = ScriptedFleet::new(&script).await;
    scripted.fleet().start(ONE);
    scripted.printed(ONE, "child up").await;
    scripted.printed(ONE, "parent up").await;

    scripted.fleet().drain(ONE);

    assert_eq!(scripted.exit_of(ONE).await, Exit::Code(7));

    let mut scripted =
        ScriptedFleet::new("trap '' TERM; echo deaf; while :; do sleep 0.05; done").await;
    scripted.fleet().start(ONE);
    scripted.printed(ONE, "deaf").await;
    scripted.fleet().drain(ONE);
    scripted.fleet().kill(ONE);
    assert_eq!(scripted.exit_of(ONE).await, Exit::Signal(9));
}

#[tokio::test]
async fn what_a_worker_leaves_behind_in_its_group_is_ended_with_it() {
    // What is ignored when a program is started stays ignored in it.
    let script = "trap '' TERM; sleep 1000 & echo straggler $!; \
                  trap 'exit 0' TERM; while :; do sleep 0.05; done";
    let mut scripted = ScriptedFleet::new(script).await;
    scripted.fleet().start(ONE);
    let straggler = scripted.printed(ONE, "straggler").await;
    scripted.fleet().drain(ONE);

    assert_eq!(scripted.exit_of(ONE).await, Exit::Code(0));

    let pid = straggler.trim().rsplit(' ').next().unwrap();
    let pid: u32 = pid.parse().unwrap();
    scripted
        .until(|| match procfs::look(pid).unwrap() {
            None => true,
            // Where nobody fetches orphans it stays as a zombie, and no longer runs.
            Some(process) => process.life == Life::Zombie,
        })
        .await;
}

#[tokio::test]
async fn an_order_to_a_worker_that_is_gone_or_was_never_there_is_no_failure() {
    let mut scripted = ScriptedFleet::new("exit 0").await;
    scripted.fleet().start(ONE);
    scripted.exit_of(ONE).await;

    scripted.fleet().drain(ONE);
    scripted.fleet().kill(ONE);
    scripted.fleet().drain(TWO);
    scripted.fleet().start(TWO);

    assert_eq!(scripted.event().await, started(TWO));
}

#[tokio::test]
async fn fifty_workers_are_started_at_once_and_each_end_is_seen() {
    let mut scripted = ScriptedFleet::new(OBEDIENT).await;
    let workers: Vec<_> = (1..=50).map(WorkerId).collect();

    for worker in &workers {
        scripted.fleet().start(*worker);
    }

    let usage = scripted.fleet().usage();
    assert_eq!(usage.len(), 50);
    assert!(usage.iter().all(|worker| worker.memory_bytes > Some(0)));
    for worker in &workers {
        scripted.printed(*worker, "up").await;
        scripted.fleet().drain(*worker);
    }
    let mut exits = Vec::new();
    while exits.len() < workers.len() {
        if let Event::WorkerExited { worker, exit, .. } = scripted.event().await {
            assert_eq!(exit, Exit::Code(0), "{worker}");
            exits.push(worker);
        }
    }
    exits.sort();
    assert_eq!(exits, workers);
    assert_eq!(scripted.fleet().usage(), []);
}

#[tokio::test]
async fn a_command_that_can_not_be_run_fails_the_start_and_works_once_it_can() {
    let mut scripted = ScriptedFleet::new("exit 0").await;
    let script = scripted.script().to_path_buf();
    let content = fs::read(&script).unwrap();
    fs::remove_file(&script).unwrap();

    scripted.fleet().start(ONE);

    let failed = scripted.event().await;
    assert!(
        matches!(
            failed,
            Event::ActionFailed {
                action: FailedAction::Start(ONE),
                ..
            }
        ),
        "{failed:?}"
    );
    let error = scripted.fleet().last_error().unwrap();
    assert!(error.contains("no program"), "{error}");

    fs::write(&script, content).unwrap();
    scripted.fleet().start(ONE);
    scripted.event().await;
    let error = scripted.fleet().last_error().unwrap();
    assert!(error.contains("can't be executed"), "{error}");

    scripted.make_executable();
    scripted.fleet().start(ONE);
    assert_eq!(scripted.event().await, started(ONE));
    assert_eq!(scripted.fleet().last_error(), None);
}

#[tokio::test]
async fn a_worker_gets_the_contract_in_its_environment_and_the_url_in_no_argument() {
    let mut scripted = ScriptedFleet::new(&format!(
        "env; tr '\\0' ' ' < /proc/$$/cmdline; echo; {OBEDIENT}"
    ))
    .await;
    let socket = scripted.socket();
    scripted.fleet().start(ONE);

    let printed = scripted.printed(ONE, "cmdline-marker").await;

    for line in [
        "WARREN_CONFIG=/etc/warren/config.toml",
        "WARREN_WORKER_BROKER_URL=amqp://",
        "WARREN_WORKER_ID=1",
        &format!("WARREN_WORKER_POOL={}", pool_name()),
        "WARREN_WORKER_QUEUE=warren.work",
        &format!("WARREN_WORKER_STATUS_SOCKET={}", socket.display()),
    ] {
        assert!(printed.contains(line), "{line} is missing in:\n{printed}");
    }
    let arguments = printed
        .lines()
        .find(|line| line.contains("cmdline-marker"))
        .unwrap();
    assert!(!arguments.contains("amqp://"), "{arguments}");
}

#[tokio::test]
async fn the_next_controller_finds_drains_and_misses_the_workers_of_the_last() {
    let mut scripted = ScriptedFleet::new(OBEDIENT).await;
    scripted.fleet().start(ONE);
    scripted.fleet().start(TWO);
    scripted.printed(ONE, "up").await;
    scripted.printed(TWO, "up").await;

    let adopted = scripted.restart(|| {}).await;

    assert_eq!(
        adopted,
        [ONE, TWO].map(|worker| Event::WorkerAdopted { worker })
    );
    scripted.fleet().drain(ONE);
    assert_eq!(scripted.exit_of(ONE).await, Exit::Unseen);
    scripted.fleet().kill(TWO);
    assert_eq!(scripted.exit_of(TWO).await, Exit::Unseen);
    assert!(!scripted.roster().exists());
}

#[tokio::test]
async fn workers_of_a_pool_that_is_not_configured_any_more_are_told_to_stop() {
    let mut scripted = ScriptedFleet::new(OBEDIENT).await;
    scripted.fleet().start(ONE);
    scripted.printed(ONE, "up").await;
    let pid = scripted.fleet().usage()[0].pid;
    let runs = || {
        procfs::look(pid)
            .unwrap()
            .is_some_and(|process| process.life == Life::Runs)
    };

    scripted.close();
    let state_dir = StateDir::open(&scripted.state_dir()).unwrap();
    drain_abandoned(&state_dir, &[&pool_name()]);
    assert!(runs());
    drain_abandoned(&state_dir, &[]);

    scripted.until(|| !runs()).await;
    drain_abandoned(&state_dir, &[]);
    assert!(!scripted.roster().exists());
}

#[tokio::test]
async fn a_process_that_only_has_the_number_of_a_worker_is_left_alone() {
    let mut scripted = ScriptedFleet::new(OBEDIENT).await;
    scripted.fleet().start(ONE);
    scripted.printed(ONE, "up").await;
    let pid = scripted.fleet().usage()[0].pid;
    let roster = scripted.roster();

    let adopted = scripted
        .restart(|| {
            let mut content: serde_json::Value =
                serde_json::from_slice(&fs::read(&roster).unwrap()).unwrap();
            content["workers"][0]["start_time"] = 1.into();
            fs::write(&roster, content.to_string()).unwrap();
        })
        .await;

    assert_eq!(adopted, []);
    scripted.fleet().kill(ONE);
    let process = procfs::look(pid).unwrap().unwrap();
    assert_eq!(process.life, Life::Runs);
}

#[tokio::test]
async fn a_torn_state_file_does_not_keep_the_fleet_from_starting() {
    let mut scripted = ScriptedFleet::new(OBEDIENT).await;
    let roster = scripted.roster();

    let adopted = scripted
        .restart(|| fs::write(&roster, "{\"version\":1,\"po").unwrap())
        .await;

    assert_eq!(adopted, []);
    scripted.fleet().start(ONE);
    assert_eq!(scripted.event().await, started(ONE));
}

#[tokio::test]
async fn a_state_file_that_could_not_be_written_is_written_once_it_can_be() {
    let mut scripted = ScriptedFleet::new(OBEDIENT).await;
    let roster = scripted.roster();
    let in_the_way = roster.with_extension("json.new");
    fs::create_dir(&in_the_way).unwrap();
    scripted.fleet().start(ONE);
    assert_eq!(scripted.event().await, started(ONE));
    assert!(!roster.exists());

    fs::remove_dir(&in_the_way).unwrap();

    scripted.until(|| roster.exists()).await;
}

#[tokio::test]
async fn reports_reach_the_policy_and_rubbish_and_strangers_do_not() {
    let mut scripted = ScriptedFleet::new(OBEDIENT).await;
    scripted.fleet().start(ONE);
    assert_eq!(scripted.event().await, started(ONE));
    let socket = UnixDatagram::unbound().unwrap();
    for datagram in [
        "rubbish",
        r#"{"id":"2","state":"ready"}"#,
        r#"{"id":"1","state":"ready"}"#,
        r#"{"id":1,"state":"busy","completed":3,"busy_ms":20,"in_flight":1}"#,
    ] {
        let sent = socket.send_to(datagram.as_bytes(), scripted.socket());
        assert_eq!(sent.unwrap(), datagram.len());
    }

    assert_eq!(scripted.event().await, Event::WorkerReady { worker: ONE });
    assert_eq!(
        scripted.event().await,
        Event::WorkerStatus {
            worker: ONE,
            status: WorkerStatus {
                activity: Activity::Busy,
                completed: 3,
                busy: Duration::from_millis(20),
                in_flight: 1,
            },
        }
    );
}

#[tokio::test]
async fn outputs_are_kept_while_a_worker_lives_and_removed_after_it() {
    let mut scripted =
        ScriptedFleet::new("echo first; trap 'exit 0' TERM; while :; do sleep 0.05; done").await;
    scripted.fleet().start(ONE);
    scripted.printed(ONE, "first").await;
    scripted.fleet().drain(ONE);
    scripted.exit_of(ONE).await;

    let output = scripted.output(ONE);
    scripted.until(|| !output.exists()).await;
}

#[tokio::test]
async fn a_fleet_that_is_closed_leaves_its_workers_and_no_socket() {
    let mut scripted = ScriptedFleet::new(OBEDIENT).await;
    scripted.fleet().start(ONE);
    scripted.printed(ONE, "up").await;
    let pid = scripted.fleet().usage()[0].pid;

    scripted.close();

    assert!(!scripted.socket().exists());
    assert!(scripted.roster().exists());
    assert_eq!(procfs::look(pid).unwrap().unwrap().life, Life::Runs);
}

#[tokio::test]
async fn two_controllers_can_not_have_one_state_directory() {
    let scripted = ScriptedFleet::new(OBEDIENT).await;

    let error = StateDir::open(&scripted.state_dir()).unwrap_err();

    assert!(matches!(error, StateDirError::Held { .. }), "{error}");
}
