import SQLClients
import Testing

/// A failed test tells what the library or the server said, which `description` leaves out.
extension SQLError: CustomTestStringConvertible {
    package var testDescription: String { debugDescription }
}
