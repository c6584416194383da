import Dispatch
import Foundation
import Synchronization

/// A serial executor with a thread of its own, for an actor whose calls block in C.
///
/// A blocked call holds this thread only: never one of Swift's shared pool, which has as many threads as
/// the machine has cores. The thread ends when the executor is released.
package final class ThreadExecutor: SerialExecutor {
    private let jobs = Jobs()

    /// - Parameter name: shown by debuggers and `ps -T`; Linux keeps 15 bytes of it.
    package init(name: String) {
        let thread = Thread { [jobs] in jobs.run() }
        thread.name = name
        thread.stackSize = 512 * 1024
        thread.start()
    }

    deinit {
        jobs.close()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        jobs.append(UnownedJob(job), for: self)
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// What the thread works off. It outlives the executor, so that the executor may be released by a job
    /// that runs on its own thread.
    private final class Jobs: Sendable {
        /// Each entry keeps its executor alive until the job has run.
        private struct Entry: Sendable {
            let job: UnownedJob
            let executor: ThreadExecutor
        }

        private struct State {
            var entries: [Entry] = []
            var closed = false
        }

        private let state = Mutex(State())
        private let arrived = DispatchSemaphore(value: 0)

        func append(_ job: UnownedJob, for executor: ThreadExecutor) {
            state.withLock { $0.entries.append(Entry(job: job, executor: executor)) }
            arrived.signal()
        }

        func close() {
            state.withLock { $0.closed = true }
            arrived.signal()
        }

        func run() {
            while true {
                arrived.wait()
                let (entries, closed) = state.withLock { state in
                    defer { state.entries = [] }
                    return (state.entries, state.closed)
                }
                for entry in entries {
                    entry.job.runSynchronously(on: entry.executor.asUnownedSerialExecutor())
                }
                // Nobody can enqueue after the executor's deinit, and entries keep it alive.
                if closed { return }
            }
        }
    }
}
