//! The configuration of one fleet of a sweep: the user's, with a fixed number of workers and with
//! random names, so that a live system is never touched.
//!
//! No broker's URL is written into it: that holds a password, and travels in the environment.

use config::{Config, Loaded};
use toml::{Table, Value};

/// What every name of a sweep's pool, exchanges and queues begins with.
const PREFIX: &str = "sweep-";

/// One pool of the user's configuration, as its file has it.
#[derive(Clone, Debug)]
pub struct FleetConfig {
    /// `broker.ca_file`, if there is one.
    ca_file: Option<Value>,
    pool: Table,
    /// Whether messages enter through an exchange of the pool's, or through the default exchange.
    has_exchange: bool,
    has_dead_letters: bool,
}

/// The names of one fleet's pool, exchanges and queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    pub pool: String,
    /// Messages enter here.
    pub exchange: String,
    /// Workers consume this.
    pub work_queue: String,
    /// The dead-letter exchange and its queue.
    pub dead_letters: String,
}

impl Names {
    /// Names that no other fleet has.
    #[must_use]
    pub fn random() -> Self {
        let pool = format!("{PREFIX}{:08x}", rand::random::<u32>());
        Self {
            exchange: format!("warren.{pool}.events"),
            work_queue: format!("warren.{pool}.work"),
            dead_letters: format!("warren.{pool}.dead"),
            pool,
        }
    }

    /// Whether a configuration's only pool has names of a sweep's making, which may be deleted.
    #[must_use]
    pub fn are_of_a_sweep(config: &Config) -> bool {
        let [pool] = &config.pools[..] else {
            return false;
        };
        let topology = &pool.topology;
        let mut names = vec![&topology.work_queue];
        names.extend(&topology.dead_letter_exchange);
        names.extend(Some(&topology.exchange).filter(|exchange| !exchange.is_empty()));
        let part = format!("warren.{}.", pool.name);
        pool.name.as_str().starts_with(PREFIX) && names.iter().all(|name| name.starts_with(&part))
    }
}

impl FleetConfig {
    /// The `index`th pool of a file; `command` stands instead of its workers' own.
    #[must_use]
    pub fn new(loaded: &Loaded, index: usize, command: Option<&[String]>) -> Self {
        let text = loaded.text.expose();
        let mut file: Table = text.parse().expect("a configuration has been read from it");
        let ca_file = match file.get_mut("broker") {
            Some(Value::Table(broker)) => broker.remove("ca_file"),
            _ => None,
        };
        let pools = match file.remove("pool") {
            Some(Value::Array(pools)) => pools,
            _ => Vec::new(),
        };
        let mut pool = match pools.into_iter().nth(index) {
            Some(Value::Table(pool)) => pool,
            // A file without pools has the shipped one.
            _ => Table::new(),
        };
        if let Some(command) = command {
            let command = command.iter().map(|word| Value::from(word.as_str()));
            table(&mut pool, "fleet").insert("command".to_owned(), Value::Array(command.collect()));
        }
        let topology = &loaded.config.pools[index].topology;
        Self {
            ca_file,
            pool,
            has_exchange: !topology.exchange.is_empty(),
            has_dead_letters: topology.dead_letter_exchange.is_some(),
        }
    }

    /// The configuration of a fleet of `workers`, whose controller keeps its state in `state_dir`.
    #[must_use]
    pub fn write(&self, names: &Names, workers: u32, state_dir: &str) -> String {
        let mut pool = self.pool.clone();
        let mut set = |key: &str, value: &str| pool.insert(key.to_owned(), value.into());
        set("name", &names.pool);
        set("work_queue", &names.work_queue);
        if self.has_exchange {
            set("exchange", &names.exchange);
        }
        if self.has_dead_letters {
            set("dead_letter_exchange", &names.dead_letters);
        }
        // Every request names where its reply goes, so nothing is for a queue of the user's.
        set("results_queue", "");
        // The names are new, so whatever they name has to be declared.
        pool.remove("declare");
        let scaling = table(&mut pool, "scaling");
        for bound in ["min", "max"] {
            scaling.insert(bound.to_owned(), i64::from(workers).into());
        }
        // These would raise the number, or not fit to it.
        for other in ["max_processes", "schedule"] {
            scaling.remove(other);
        }

        let one = |key: &str, value: Value| Table::from_iter([(key.to_owned(), value)]);
        let controller = Table::from_iter([
            ("state_dir".to_owned(), state_dir.into()),
            ("journal_size".to_owned(), "0B".into()),
        ]);
        let mut file = Table::from_iter([
            (
                "http".to_owned(),
                one("listen", "127.0.0.1:0".into()).into(),
            ),
            ("controller".to_owned(), controller.into()),
            ("pool".to_owned(), Value::Array(vec![pool.into()])),
        ]);
        if let Some(ca_file) = &self.ca_file {
            file.insert("broker".to_owned(), one("ca_file", ca_file.clone()).into());
        }
        file.to_string()
    }
}

/// The table of that name, made where it is missing.
fn table<'t>(parent: &'t mut Table, key: &str) -> &'t mut Table {
    if !parent.get(key).is_some_and(Value::is_table) {
        parent.insert(key.to_owned(), Value::Table(Table::new()));
    }
    let value = parent.get_mut(key).and_then(Value::as_table_mut);
    value.expect("it has just been made one")
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::{Declare, Environment};

    const USERS: &str = r#"
        [broker]
        url = "amqps://shop:hunter2@rabbit/shop"
        ca_file = "ca.pem"
        [http]
        listen = "0.0.0.0:9110"
        [host]
        cpu_limit = 0.5
        [[pool]]
        name = "other"
        work_queue = "other.work"
        [[pool]]
        name = "orders"
        exchange = "shop"
        routing_keys = ["a", "b"]
        work_queue = "orders"
        declare = "never"
        queue_type = "quorum"
        results_queue = "invoices"
        prefetch = 7
        [pool.scaling]
        min = 2
        max = 30
        max_processes = 40
        worker_rate = 12.5
        [[pool.scaling.schedule]]
        from = "08:00"
        until = "18:00"
        workers = 20
        [pool.fleet]
        command = ["./orders", "--fast"]
        stop_grace = "3s"
    "#;

    fn load(text: &str) -> Loaded {
        Config::parse(text, "test", &Environment::default()).unwrap()
    }

    fn parse(text: &str) -> Config {
        load(text).config
    }

    fn written(users: &str, index: usize, command: Option<&[String]>, workers: u32) -> String {
        let fleet_config = FleetConfig::new(&load(users), index, command);
        fleet_config.write(&Names::random(), workers, "/tmp/s")
    }

    #[test]
    fn the_fleet_has_exactly_so_many_workers_and_works_as_the_users() {
        let config = parse(&written(USERS, 1, None, 5));
        let pool = &config.pools[0];
        let limits = &pool.scaling.limits;
        assert_eq!(
            (limits.min, limits.max, pool.scaling.schedule.len()),
            (5, 5, 0)
        );
        assert_eq!(config.pools.len(), 1);
        let users = &parse(USERS).pools[1];
        assert_eq!(pool.fleet, users.fleet);
        assert_eq!(pool.worker.prefetch, users.worker.prefetch);
        assert_eq!(pool.topology.queue_type, users.topology.queue_type);
        assert_eq!(pool.scaling.capacity, users.scaling.capacity);
        assert_eq!(config.broker.ca_file, parse(USERS).broker.ca_file);
    }

    #[test]
    fn nothing_of_the_users_is_touched() {
        let text = written(USERS, 1, None, 5);
        let config = parse(&text);
        let topology = &config.pools[0].topology;
        assert!(Names::are_of_a_sweep(&config));
        assert_eq!(topology.declare, Declare::Missing);
        assert_eq!(config.pools[0].worker.results_queue, None);
        assert_eq!(config.http.listen.to_string(), "127.0.0.1:0");
        for theirs in ["hunter2", "\"orders\"", "invoices", "9110", "\"shop\""] {
            assert!(!text.contains(theirs), "{theirs} is in {text}");
        }
        assert!(!Names::are_of_a_sweep(&parse(USERS)));
        let exchange = r#"exchange = "warren."#;
        let theirs = text.replace(exchange, r#"exchange = "shop."#);
        assert!(!Names::are_of_a_sweep(&parse(&theirs)));
    }

    #[test]
    fn another_command_can_stand_instead() {
        let command = ["sleep".to_owned(), "5 s".to_owned()];
        let config = parse(&written(USERS, 1, Some(&command), 1));
        let fleet = &config.pools[0].fleet;
        assert_eq!(fleet.command.program, "sleep");
        assert_eq!(fleet.command.arguments, ["5 s"]);
        assert_eq!(fleet.stop_grace, parse(USERS).pools[1].fleet.stop_grace);
    }

    #[test]
    fn an_empty_file_and_the_shipped_one_make_the_shipped_fleet() {
        for users in ["", config::SHIPPED] {
            let config = parse(&written(users, 0, None, 14));
            assert_eq!(config.pools[0].fleet, Config::default().pools[0].fleet);
            assert_eq!(config.pools[0].scaling.limits.max_processes, 28);
        }
    }

    #[test]
    fn a_pool_on_the_default_exchange_stays_there() {
        let users = r#"
            [[pool]]
            exchange = ""
            arrivals = "balance"
            dead_letter_exchange = ""
            on_unprocessable = "drop"
            on_unroutable = "drop"
        "#;
        let config = parse(&written(users, 0, None, 3));
        assert_eq!(config.pools[0].topology.exchange, "");
        assert_eq!(config.pools[0].topology.dead_letter_exchange, None);
        assert!(Names::are_of_a_sweep(&config));
    }
}
