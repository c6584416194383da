extension Substring {
    /// What follows a text that it begins with, byte by byte: who writes what follows could have it begin with a mark that makes one
    /// character of it and of the blank before it.
    func after(_ prefix: String) -> Substring? {
        guard utf8.starts(with: prefix.utf8) else { return nil }
        return self[utf8.index(startIndex, offsetBy: prefix.utf8.count)...]
    }
}
