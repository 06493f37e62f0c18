//! When a page is behind: decided from its acknowledgements alone, because the kernel's send buffer can hide seconds
//! of a small stream.

use std::collections::VecDeque;

use candour_units::MonoTime;

/// A page that is that far behind starts again with the newest GOP.
const BEHIND_NS: i64 = 1_000_000_000;
/// A page that stopped acknowledging for that long gets nothing more until it does: it acknowledges twice a second.
const SILENT_NS: i64 = 2_500_000_000;
/// Samples remembered; at 60 a second that is longer than either limit.
const REMEMBERED: usize = 512;

/// What to do about a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advice {
    /// Go on.
    Send,
    /// Drop what waits and send the newest GOP.
    Refresh,
    /// Send nothing until the page acknowledges something.
    Hold,
}

/// What was sent and not acknowledged, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    unacknowledged: VecDeque<(u32, MonoTime)>,
    /// A page that never acknowledged anything is not judged: it may be a program that only listens.
    speaks: bool,
    holding: bool,
}

impl Backlog {
    /// A sample goes out now.
    pub(crate) fn sent(&mut self, seq: u32, now: MonoTime) {
        if self.unacknowledged.len() == REMEMBERED {
            self.unacknowledged.pop_front();
        }
        self.unacknowledged.push_back((seq, now));
    }

    /// Everything sent so far no longer counts: the stream starts again.
    pub(crate) fn restarted(&mut self) {
        self.unacknowledged.clear();
    }

    /// The page has everything up to `seq`.
    pub(crate) fn acknowledged(&mut self, seq: u32, now: MonoTime) -> Advice {
        self.speaks = true;
        // Numbers wrap; the nearer way round decides.
        while let Some(&(oldest, _)) = self.unacknowledged.front() {
            if (seq.wrapping_sub(oldest) as i32) < 0 {
                break;
            }
            self.unacknowledged.pop_front();
        }
        let was_holding = std::mem::take(&mut self.holding);
        if was_holding || self.age(now) > BEHIND_NS { Advice::Refresh } else { Advice::Send }
    }

    /// Before a sample goes out.
    pub(crate) fn judge(&mut self, now: MonoTime) -> Advice {
        if self.speaks && self.age(now) > SILENT_NS {
            self.holding = true;
        }
        if self.holding { Advice::Hold } else { Advice::Send }
    }

    /// How long the oldest sample has been on its way.
    fn age(&self, now: MonoTime) -> i64 {
        self.unacknowledged.front().map_or(0, |(_, sent)| now.nanos() - sent.nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: i64) -> MonoTime {
        MonoTime::from_nanos(0).plus_millis(millis)
    }

    #[test]
    fn in_time_it_just_sends() {
        let mut backlog = Backlog::default();
        for step in 0..100 {
            let now = ms(i64::from(step) * 40);
            assert_eq!(backlog.judge(now), Advice::Send);
            backlog.sent(step, now);
            if step % 12 == 11 {
                assert_eq!(backlog.acknowledged(step - 2, now), Advice::Send);
            }
        }
    }

    #[test]
    fn a_second_behind_starts_again() {
        let mut backlog = Backlog::default();
        (0..50).for_each(|step| backlog.sent(step, ms(i64::from(step) * 40)));
        assert_eq!(backlog.acknowledged(24, ms(2000)), Advice::Send, "number 25 left 1000 ms ago");
        assert_eq!(backlog.acknowledged(24, ms(2001)), Advice::Refresh);
        backlog.restarted();
        assert_eq!(backlog.acknowledged(24, ms(9000)), Advice::Send);
    }

    #[test]
    fn a_silent_page_is_waited_for() {
        let mut backlog = Backlog::default();
        backlog.sent(0, ms(0));
        assert_eq!(backlog.judge(ms(60_000)), Advice::Send, "it never spoke");
        assert_eq!(backlog.acknowledged(0, ms(60_000)), Advice::Send);
        backlog.sent(1, ms(60_000));
        assert_eq!(backlog.judge(ms(62_500)), Advice::Send);
        assert_eq!(backlog.judge(ms(62_501)), Advice::Hold);
        assert_eq!(backlog.acknowledged(1, ms(70_000)), Advice::Refresh);
        assert_eq!(backlog.judge(ms(70_000)), Advice::Send);
    }

    #[test]
    fn numbers_wrap() {
        let mut backlog = Backlog::default();
        backlog.sent(u32::MAX, ms(0));
        backlog.sent(0, ms(40));
        assert_eq!(backlog.acknowledged(0, ms(5000)), Advice::Send);
    }
}
