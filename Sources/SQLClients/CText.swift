import Glibc

/// A C string of its own, for as long as the value is held: for calls that keep the pointer until they are done.
final class CText {
    /// Nil for no text.
    let pointer: UnsafeMutablePointer<CChar>?

    init(_ text: String?) {
        pointer = text.flatMap { strdup($0) }
    }

    deinit {
        free(pointer)
    }
}
