/// Runs blocking work that polls; when the task is cancelled, `interrupt` wakes the poll.
///
/// `withTaskCancellationHandler` doesn't return while the handler runs, so a signal is never one of a call
/// before, other than those that `drain` forgets.
func cancellable<R>(
    _ interrupt: Interrupt, _ body: () throws(PostgreSQLError) -> R
) async throws(PostgreSQLError) -> R {
    interrupt.drain()
    let result: Result<R, PostgreSQLError> = await withTaskCancellationHandler {
        do throws(PostgreSQLError) {
            return .success(try body())
        } catch {
            return .failure(error)
        }
    } onCancel: {
        interrupt.signal()
    }
    return try result.get()
}
