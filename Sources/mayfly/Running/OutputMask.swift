import Foundation
import Glibc

/// Passes a command's output on, masked, on a thread of its own for each of the two streams.
final class OutputMask: Sendable {
    private let ended: [AsyncStream<Never>]
    private let bell: OutputPipes.Ends

    /// Cannot fail: the command runs already.
    init(_ pipes: OutputPipes, hiding secret: String) {
        let bell = pipes.bell
        self.bell = bell
        ended = [(pipes.out.read, STDOUT_FILENO), (pipes.error.read, STDERR_FILENO)].map { source, target in
            let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
            Thread {
                Self.pump(source, target, until: bell.read, SecretMask([secret]))
                continuation.finish()
            }.start()
            return stream
        }
    }

    /// Passes on what the command has written, and ends. What it left running in the background may hold the pipe
    /// open for ever: nobody waits for that.
    func finish() async {
        close(bell.write)
        for stream in ended { for await _ in stream {} }
        close(bell.read)
    }

    private static func pump(_ source: Int32, _ target: Int32, until bell: Int32, _ mask: SecretMask) {
        // Closed on the way out: a command whose reader has gone gets SIGPIPE, as it would without us.
        defer { close(source) }
        var mask = mask
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var isOver = false
        while true {
            var wait = [
                pollfd(fd: source, events: Int16(POLLIN), revents: 0),
                pollfd(fd: bell, events: Int16(POLLIN), revents: 0),
            ]
            // Once the command is over, only what is there already is taken.
            let ready = poll(&wait, isOver ? 1 : 2, isOver ? 0 : -1)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { break }
            if wait[0].revents != 0 {
                let count = read(source, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0, Console.write(mask.pass(buffer[..<count]), to: target) else { break }
            } else if wait[1].revents != 0 {
                isOver = true
            }
        }
        _ = Console.write(mask.end(), to: target)
    }
}
