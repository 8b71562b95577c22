import CPNG
package func x() { print(PNG_LIBPNG_VER) }
