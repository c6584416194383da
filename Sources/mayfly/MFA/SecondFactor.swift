import MayflyAPI
import MayflyClient
import Synchronization

/// Gives calls the code that they take: the one that was given, once; and where one is demanded then, what is typed.
final class SecondFactor: Sendable {
    /// Codes that are asked for one after the other, when they are wrong.
    private static let tries = 3

    private let given: Mutex<String?>
    private let isInterrupted: @Sendable () -> Bool

    init(_ given: String?, isInterrupted: @escaping @Sendable () -> Bool = { false }) {
        self.given = Mutex(given)
        self.isInterrupted = isInterrupted
    }

    /// Calls with the code that was given, and again with one that is asked for when the daemon demands one.
    func prove<Result: Sendable>(
        _ call: (String?) async throws(MayflyError) -> Result
    ) async throws(MayflyError) -> Result {
        // A code works once: what comes after asks for its own.
        let code = given.withLock { given in
            defer { given = nil }
            return given
        }
        var failure: MayflyError
        do { return try await call(code) } catch { failure = error }
        guard failure.code == .mfaRequired, code == nil else { throw failure }
        for _ in 0..<Self.tries {
            guard let code = await CodePrompt.ask("code of your second factor", isInterrupted: isInterrupted)
            else {
                throw failure
            }
            do { return try await call(code) } catch { failure = error }
            guard failure.code == .mfaInvalid else { throw failure }
            Console.complain(failure.message, hint: failure.hint)
        }
        throw failure
    }
}
