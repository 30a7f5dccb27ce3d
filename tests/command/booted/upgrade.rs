//! The package on a machine with systemd: upgraded, removed, purged.

use super::{Booted, CUSTOMER, address};
use crate::package::packages;
use crate::systemd::Load;

#[test]
fn an_upgrade_tells_of_units_that_differ() {
    let machine = Booted::with_bot_and_package();
    machine.sh("alamor install --share-database");
    let told = "this version has other units: sudo alamor --env ";
    let said = machine.unpack(&packages().second);
    assert!(!said.contains(told), "{said}");
    machine.sh("sed -i /TasksMax/d /etc/systemd/system/alamorwebhook.service");
    machine.sh("systemctl daemon-reload");
    let said = machine.unpack(&packages().second);
    let (_, again) = said.split_once(told).unwrap_or_else(|| panic!("{said}"));
    machine.sh(&format!("alamor --env {}", again.lines().next().unwrap()));
    assert!(!machine.unpack(&packages().second).contains(told));
}

#[test]
fn an_upgrade_refuses_nobody_and_its_removal_leaves_nothing() {
    let machine = Booted::with_bot_and_package();
    let (units, users) = (machine.units(), machine.sh("cat /etc/passwd /etc/group"));
    machine.sh("alamor install --share-database");
    let first = machine.show("alamorwebhook", "InvocationID");
    let load = machine.inside(|| Load::start(address(), &[(CUSTOMER, ""), ("/livez", "")]));
    load.wait_for_answers(50);
    machine.unpack(&packages().second);
    load.wait_for_answers(50);
    let statuses = load.stop().concat();
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_ne!(machine.show("alamorwebhook", "InvocationID"), first, "it was restarted");

    machine.sh("dpkg --remove alamor");
    assert_eq!(machine.units(), units);
    assert_eq!(machine.sh("systemctl list-units --all --no-legend 'alamor*'"), "");
    machine.sh("dpkg --purge alamor");
    assert_eq!(machine.sh("cat /etc/passwd /etc/group"), users);
    assert_eq!(machine.sh("ls -d /run/alamor* /var/lib/alamor* /etc/alamor* || true"), "");
}
