import Dispatch
import Foundation
import Glibc
import MayflyAPI

/// While it lives, Ctrl-C says what may be left behind, and ends with 130 as a shell expects.
struct InterruptNotice {
    private let source: any DispatchSourceSignal

    init(_ notice: String) {
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            Console.complain("interrupted", hint: notice)
            _exit(130)
        }
        source.resume()
    }

    func cancel() {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }
}
