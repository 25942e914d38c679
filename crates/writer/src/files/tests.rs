use std::time::Duration;

use super::*;

fn options() -> QueueOptions {
    QueueOptions {
        max_batches: 10,
        flush_interval: Duration::from_secs(1_000_000),
        filename_suffix: String::new(),
    }
}

fn append(files: &Files, dir: &Path, text: &str) {
    files
        .with(Which::Main(dir), &options(), |file| {
            file.append(|out| out.extend_from_slice(text.as_bytes()))
        })
        .unwrap();
}

/// The event files of a folder by name: those of one process follow one another.
fn contents(dir: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort_by_key(|path| {
        let name = path.to_string_lossy().into_owned();
        name.rsplit('.').next().unwrap().parse::<u64>().unwrap()
    });
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

fn holds(file: &[u8], text: &str) -> bool {
    file.windows(text.len()).any(|part| part == text.as_bytes())
}

/// What a forked child finds, without the fork: every lock held, and a thread that does not answer. A real fork is
/// among the tests of the Python package.
#[test]
fn a_forked_child_has_files_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let main = EventQueue::create(dir, &[], &options()).unwrap();
    let files = Files::new(main);
    append(&files, dir, "first of the parent");
    files.flush().unwrap();
    append(&files, dir, "pending in the parent");

    let parent = files.open.write().unwrap();
    let creating = files.creating.lock().unwrap();
    let queue = Arc::clone(parent.main.as_ref().unwrap());
    queue.while_locked(|| {
        files.after_fork_in_child();
        assert_eq!(files.dirs(), (false, vec![]));
        append(&files, dir, "from the child");
        files
            .with(Which::Line(&dir.join("line")), &options(), |file| {
                file.append(|out| out.extend_from_slice(b"line of the child"))
            })
            .unwrap();
        files.flush().unwrap();
        assert_eq!(files.dirs(), (true, vec![dir.join("line")]));
        files.close().unwrap();
        append(&files, dir, "after closing in the child");
        files.flush().unwrap();

        // A child of the child.
        files.after_fork_in_child();
        append(&files, dir, "from the grandchild");
        files.close().unwrap();
    });
    drop((parent, creating));
    // Here the parent goes on, as it would in its own memory.
    queue.close().unwrap();
    drop(files);

    std::fs::remove_dir_all(dir.join("line")).unwrap();
    let files = contents(dir);
    let texts = [
        "first of the parent",
        "pending in the parent",
        "from the child",
        "after closing in the child",
        "from the grandchild",
    ];
    let found: Vec<Vec<&str>> = files
        .iter()
        .map(|file| texts.into_iter().filter(|text| holds(file, text)).collect())
        .collect();
    assert_eq!(
        found,
        [
            vec!["first of the parent", "pending in the parent"],
            vec!["from the child"],
            vec!["after closing in the child"],
            vec!["from the grandchild"],
        ]
    );
}
