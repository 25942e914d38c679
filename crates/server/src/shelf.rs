//! Things that are kept in memory for a while, under random names.

// What is computed at length comes with features.
#![cfg_attr(not(feature = "explain"), allow(dead_code))]

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::Failure;
use crate::random;

/// Keeps what was put or used last, as long as all of it together stays below a limit.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    limit_bytes: usize,
    /// What was used last is behind all others.
    things: Mutex<VecDeque<Thing<T>>>,
}

#[derive(Debug)]
struct Thing<T> {
    name: String,
    size_bytes: usize,
    content: Arc<T>,
}

impl<T> Shelf<T> {
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            things: Mutex::default(),
        }
    }

    /// Keeps something; its name cannot be guessed. What is larger than the shelf is kept alone.
    pub(crate) fn put(&self, content: T, size_bytes: usize) -> Result<String, Failure> {
        let name = random::hex::<16>().map_err(|error| Failure::internal(error.to_string()))?;
        self.put_as(name.clone(), Arc::new(content), size_bytes);
        Ok(name)
    }

    /// Keeps something under a name that was made elsewhere.
    pub(crate) fn put_as(&self, name: String, content: Arc<T>, size_bytes: usize) {
        let mut things = self.things.lock();
        things.retain(|thing| thing.name != name);
        things.push_back(Thing {
            name,
            size_bytes,
            content,
        });
        let mut sum: usize = things.iter().map(|thing| thing.size_bytes).sum();
        while sum > self.limit_bytes && things.len() > 1 {
            sum -= things.pop_front().map_or(0, |thing| thing.size_bytes);
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<T>> {
        let mut things = self.things.lock();
        let at = things.iter().position(|thing| thing.name == name)?;
        let thing = things.remove(at)?;
        let content = Arc::clone(&thing.content);
        things.push_back(thing);
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn the_oldest_goes_first_and_use_makes_young() {
        let shelf = Shelf::new(10);
        let names: Vec<String> = [4, 4].map(|size| shelf.put(size, size).unwrap()).into();
        assert_eq!(shelf.get(&names[0]).as_deref(), Some(&4));
        let third = shelf.put(4, 4).unwrap();
        assert_eq!(shelf.get(&names[1]), None);
        assert_eq!(shelf.get(&names[0]).as_deref(), Some(&4));
        let large = shelf.put(30, 30).unwrap();
        assert_eq!(shelf.get(&third), None);
        assert_eq!(shelf.get(&large).as_deref(), Some(&30));
    }
}
