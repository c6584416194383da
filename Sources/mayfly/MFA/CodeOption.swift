import ArgumentParser
import Foundation
import MayflyAPI

/// The code of a second factor, for commands that may be asked for one.
struct CodeOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A code of your second factor, where a rule demands one. Default: MAYFLY_CODE, else you are asked on the \
            terminal. It works once, so that it does no harm in a list of processes.
            """, valueName: "digits"),
        transform: { text in
            guard let code = CodePrompt.digits(text) else {
                throw ValidationError("a code has six digits")
            }
            return code
        })
    var code: String?

    /// - Throws: for a variable that holds something else: it was meant.
    func factor(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) throws -> SecondFactor {
        SecondFactor(try code ?? fromVariable(environment), isInterrupted: isInterrupted)
    }

    private func fromVariable(_ environment: [String: String]) throws -> String? {
        guard let text = environment["MAYFLY_CODE"], !text.isEmpty else { return nil }
        guard let code = CodePrompt.digits(text) else {
            throw CommandFailure(.usage, "MAYFLY_CODE is not a code", hint: "six digits, or leave it out")
        }
        return code
    }
}
