import Foundation
import Glibc
package import MayflyAPI
package import MayflyCore

/// Hands notifications to a program: the JSON on its standard input, its arguments as configured, no shell, a clean
/// environment, a process group of its own. Exit status 0 means taken.
///
/// What it writes is not kept. When its time is over the group is killed.
///
/// Not swift-subprocess: it feeds standard input through a pipe, on which a program that reads nothing would hold us up;
/// here it is a file in memory, which is whole before the program begins.
package final class CommandCourier: Courier {
    private let arguments: [String]
    private let timeout: Int
    private let timekeeper: Timekeeper
    private let check: @Sendable (_ path: String) throws(DeliveryFailure) -> Void

    /// - Parameters:
    ///   - command: an absolute path, and arguments.
    ///   - timeout: seconds for one attempt in all.
    ///   - check: whether the program may be run, asked right before it is.
    package init(
        _ command: [String], timeout: Int, timekeeper: Timekeeper,
        check: @escaping @Sendable (_ path: String) throws(DeliveryFailure) -> Void
    ) {
        arguments = command
        self.timeout = timeout
        self.timekeeper = timekeeper
        self.check = check
    }

    package func close() async {}

    package func deliver(_ message: NotificationMessage) async throws(DeliveryFailure) {
        let body: [UInt8]
        do { body = Array(try MayflyJSON.encoder().encode(message)) + [0x0A] } catch { throw .internal }
        try check(arguments[0])
        let child = try SpawnedCommand(
            arguments,
            environment: [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
                "MAYFLY_EVENT=\(message.event.rawValue)", "MAYFLY_DELIVERY=\(message.id)",
            ], input: body)
        let (ending, isLate) = await Self.watch(child, timeout: .seconds(timeout), timekeeper)
        if isLate { throw .timedOut }
        if Task.isCancelled { throw .cancelled }
        switch ending {
        case .exited(0): return
        case .exited(let status): throw .exited(status)
        case .signalled(let number): throw .signalled(number)
        case nil: throw .internal
        }
    }

    private enum News: Sendable {
        case ended(SpawnedCommand.Ending)
        case late
        /// The wait was given up.
        case quiet
    }

    /// Waits for its end, and sees to it when the time is over or we are being stopped.
    private static func watch(
        _ child: SpawnedCommand, timeout: Duration, _ timekeeper: Timekeeper
    ) async -> (SpawnedCommand.Ending?, isLate: Bool) {
        await withTaskGroup(of: News.self) { group in
            group.addTask { .ended(await child.ending()) }
            group.addTask {
                let isLate: Bool
                do {
                    try await timekeeper.sleep(for: timeout)
                    isLate = true
                } catch { isLate = false }
                // Nothing, once it has ended.
                child.kill()
                return isLate ? .late : .quiet
            }
            var (ending, isLate): (SpawnedCommand.Ending?, Bool) = (nil, false)
            for await news in group {
                switch news {
                case .ended(let found):
                    ending = found
                    group.cancelAll()
                case .late: isLate = ending == nil
                case .quiet: break
                }
            }
            return (ending, isLate)
        }
    }
}
