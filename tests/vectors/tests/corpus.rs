//! The seeds of the fuzz targets, and short random changes of them, on every compiler and without a fuzzer.

#[path = "../../../fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub)]
mod targets;

use keyward::platform::sim::Chance;
use std::path::Path;
use targets::TARGETS;

const CHANGES_A_SEED: usize = 200;

#[test]
fn every_seed_of_every_fuzz_target_holds() {
    let mut count = 0;
    for (target, check) in TARGETS {
        for (name, seed) in seeds(target) {
            println!("{target}/{name}");
            check(&seed);
            count += 1;
        }
    }
    println!("{count} seeds of {} targets", TARGETS.len());
}

#[test]
fn random_changes_of_the_seeds_hold() {
    let mut chance = Chance::new(1);
    for (target, check) in TARGETS {
        for (name, seed) in seeds(target) {
            for _ in 0..CHANGES_A_SEED {
                let changed = change(&seed, &mut chance);
                println!("{target}/{name}: {:?}", String::from_utf8_lossy(&changed));
                check(&changed);
            }
        }
    }
}

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut seeds: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())
        })
        .collect();
    assert!(seeds.len() >= 5, "{target} has {} seeds", seeds.len());
    seeds.sort();
    seeds
}

/// One to four edits: an octet replaced, inserted or removed, or a piece doubled.
fn change(seed: &[u8], chance: &mut Chance) -> Vec<u8> {
    const OCTETS: &[u8] = b"\0\t\n !\"#%&+,-./0159:;=?@AZ[\\]_az{}~\x7f\xc3\xa9\xff";
    let mut octets = seed.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(octets.len() + 1);
        let octet = OCTETS[chance.below(OCTETS.len())];
        match chance.below(4) {
            0 if at < octets.len() => octets[at] = octet,
            1 if at < octets.len() => drop(octets.remove(at)),
            2 => {
                let end = (at + chance.below(12)).min(octets.len());
                let piece = octets[at..end].to_vec();
                octets.splice(at..at, piece);
            }
            _ => octets.insert(at, octet),
        }
    }
    octets
}
