// libqrencode 4: https://fukuchi.org/works/qrencode/manual/
#include <qrencode.h>
