//! The cage: nothing can be opened, nobody called, nothing started, and memory and time are limited.
//!
//! The order matters: no new rights, then Landlock, which needs a file of its own, then limits, after which no file is opened, and last the list of
//! system calls that are left, which has none for any of this.

use std::collections::BTreeMap;

use candour_decode::{Mechanism, Mechanisms};
use landlock::{ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetStatus, Scope};
use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

/// Memory beyond what the program and its libraries take when it starts. Eight streams of 640x360 need 40 MiB of it, one of
/// twelve megapixels with sixteen reference pictures about 300.
const MEMORY_BYTES: u64 = 512 << 20;
/// Processor time in seconds until the kernel ends the program. The service starts another; what hangs it ends much earlier.
const CPU_SECONDS: u64 = 3_600;

/// Why the cage could not be shut although the kernel has what it takes.
#[derive(Debug, thiserror::Error)]
pub enum CageError {
    /// A limit was not taken.
    #[error("the kernel does not take the limit {limit}: {source}")]
    Limit { limit: &'static str, source: std::io::Error },
    /// Landlock refused the rules.
    #[error("Landlock: {0}")]
    Landlock(#[from] landlock::RulesetError),
    /// The list of system calls was not taken.
    #[error("seccomp: {0}")]
    SystemCalls(#[from] seccompiler::BackendError),
}

/// Shuts it. Gives the mechanisms that this kernel lacks.
pub fn shut() -> Result<Mechanisms, CageError> {
    let mut missing = Mechanisms::NONE;
    // Asked before Landlock: the answer is in a file.
    let memory = mapped_bytes().saturating_add(MEMORY_BYTES);
    if rustix::thread::set_no_new_privs(true).is_err() {
        missing.insert(Mechanism::NoNewPrivileges);
    }
    lock_land(&mut missing)?;
    limit(memory)?;
    if !allow_only_few_calls()? {
        missing.insert(Mechanism::SystemCalls);
    }
    Ok(missing)
}

fn limit(memory: u64) -> Result<(), CageError> {
    let limits = [
        (Resource::As, "of memory", memory, memory),
        // The first limit ends the program with a signal of its own, by which the service knows that nobody is to blame.
        (Resource::Cpu, "of processor time", CPU_SECONDS, CPU_SECONDS + 10),
        (Resource::Nofile, "of open files", 0, 0),
        (Resource::Nproc, "of processes", 0, 0),
        (Resource::Fsize, "of file sizes", 0, 0),
        (Resource::Core, "of core dumps", 0, 0),
    ];
    for (resource, limit, current, maximum) in limits {
        setrlimit(resource, Rlimit { current: Some(current), maximum: Some(maximum) })
            .map_err(|error| CageError::Limit { limit, source: error.into() })?;
    }
    Ok(())
}

/// Address space in use now; a generous guess where the kernel does not say.
fn mapped_bytes() -> u64 {
    const GUESS: u64 = 1 << 30;
    let pages = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|statm| statm.split_whitespace().next().and_then(|pages| pages.parse::<u64>().ok()));
    pages.map_or(GUESS, |pages| pages.saturating_mul(rustix::param::page_size() as u64))
}

/// No file, no TCP port, no signal and no abstract socket outside.
fn lock_land(missing: &mut Mechanisms) -> Result<(), CageError> {
    // What this list names is what was tried; newer kernels know more, and the list of system calls covers that.
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V6))?
        .handle_access(AccessNet::from_all(ABI::V6))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .restrict_self()?;
    let has = |needed: ABI| match &status.landlock {
        LandlockStatus::Available { effective_abi, .. } => {
            status.ruleset != RulesetStatus::NotEnforced && *effective_abi as u32 >= needed as u32
        }
        _ => false,
    };
    for (mechanism, needed) in
        [(Mechanism::Files, ABI::V1), (Mechanism::Network, ABI::V4), (Mechanism::Scopes, ABI::V6)]
    {
        if !has(needed) {
            missing.insert(mechanism);
        }
    }
    Ok(())
}

/// System calls that decoding and speaking over an open socket need, whatever their arguments.
const ALLOWED: &[i64] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_recvfrom,
    libc::SYS_sendto,
    libc::SYS_close,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigaction,
    libc::SYS_sigaltstack,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_sched_yield,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_set_robust_list,
];

/// Everything that is not on the list fails with EPERM. Gives false where the kernel has no seccomp.
fn allow_only_few_calls() -> Result<bool, CageError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // Memory may be had, but none that can be run.
    let not_run = || argument(2, SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64), 0);
    rules.insert(
        libc::SYS_mmap,
        vec![SeccompRule::new(vec![not_run()?, argument(4, SeccompCmpOp::Eq, u64::from(u32::MAX))?])?],
    );
    rules.insert(libc::SYS_mprotect, vec![SeccompRule::new(vec![not_run()?])?]);
    // A panic may end this program, and no other.
    let myself = u64::from(std::process::id());
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![argument(0, SeccompCmpOp::Eq, myself)?])?]);
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let filter = SeccompFilter::new(rules, refused, SeccompAction::Allow, arch)?;
    let program = seccompiler::BpfProgram::try_from(filter)?;
    // All threads: there is one, and should a library ever start another before this, it is caged too.
    Ok(seccompiler::apply_filter_all_threads(&program).is_ok())
}

fn argument(index: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, operator, value)
}
