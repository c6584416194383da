import Glibc

/// Lists of C strings, as exec(3) takes them.
enum CStrings {
    /// Lends pointers to copies, with the closing null.
    static func withPointers<Result>(
        to strings: [[CChar]], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        // Copies of passwords: zeroed before they go.
        defer {
            for pointer in pointers {
                if let pointer { explicit_bzero(pointer, strlen(pointer)) }
                free(pointer)
            }
        }
        pointers.append(nil)
        return body(pointers)
    }

    /// A null-terminated list, byte for byte: names and values need not be UTF-8.
    static func copy(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [[CChar]] {
        guard var entry = list else { return [] }
        var strings: [[CChar]] = []
        while let string = entry.pointee {
            strings.append(Array(UnsafeBufferPointer(start: string, count: strlen(string) + 1)))
            entry += 1
        }
        return strings
    }
}
