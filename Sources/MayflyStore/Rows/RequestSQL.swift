/// What is asked of the requests again and again; like `LeaseSQL`.
enum RequestSQL {
    static let due = """
        SELECT \(RequestRow.columns) FROM requests WHERE due_at <= ? ORDER BY due_at, number LIMIT ?
        """
    static let nextDue = "SELECT min(due_at) FROM requests WHERE due_at IS NOT NULL"
    static func extending(isWhole: Bool) -> String {
        """
        SELECT id FROM requests INDEXED BY requests_waiting_of_person
        WHERE person = ? AND due_at IS NOT NULL AND json_extract(course, '$.extends.lease') = ?\(HistorySQL.only(isWhole))
        LIMIT 1
        """
    }
    static func waitingOfPerson(isWhole: Bool) -> String {
        """
        SELECT count(*) FROM requests INDEXED BY requests_waiting_of_person
        WHERE person = ? AND due_at IS NOT NULL\(HistorySQL.only(isWhole))
        """
    }
}
