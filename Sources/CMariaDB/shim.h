// MariaDB Connector/C: https://mariadb.com/docs/connectors/mariadb-connector-c
#include <mysql.h>
