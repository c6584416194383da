/// A signal came before the command was started. What was asked for is undone.
struct Interrupted: Error {
    let signal: Int32
}
