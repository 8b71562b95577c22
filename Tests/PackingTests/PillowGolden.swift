/// Pictures that Pillow 13 resized, and JPEG files that it wrote and decoded, in base 64.
struct PillowGolden: Sendable {
  let width: Int
  let height: Int
  /// Side 8, channels first.
  let resized: String

  /// The value at `(x, y)` of channel `c` was `(7 x + 13 y + 29 c + x y) mod 256`. Resized by `Image.resize(...,
  /// Image.BILINEAR)` to the size of torchvision's `Resize(8)`, then cropped as its `CenterCrop(8)` does.
  static let pictures = [
    PillowGolden(
      width: 178, height: 218,
      resized:
        "gICAf4CAf39/fn+AgIB+f39/gIB/gH9/f4CAgX+Afn2AgICAfn1/gICAgH9/fH9/f35/fX+AgIB/gYF/gICAf4B/f35/gH9+f4B+"
        + "fX5/fn9/fn1+fn5/f359f4B/f4CCf35+f39/f4CAfn+Af39/gH5/f4F/f3+Bfn5+f39+fn6DgYKBgICBgYKAgIGAgIKAgoB/gIGB"
        + "goCBgYB/gYCBgn+AgYGCg4CAgYGBf4GDgYGBgoGCf4CAf4CAf4GBgYF/"),
    PillowGolden(
      width: 31, height: 20,
      resized:
        "PVFme4+ks7xogpy1uZ9zWZe4v4RKR1x9w61aQWOLraaoP1GAq6t1UUVZjbiVUGCTVJDBhkl7p5h/vppOgb2ET1pug5isusCphZ+5"
        + "v5hnV0u0xptSP1l5mbhrPFqApqqNSEFunLuATVdDdqq4YlF7pnGql1hdl7F4nLhBXp6kXWN3i6C0wMKteKK8y6ReVUtdyqtmQVR2"
        + "lquROU93nbyraDpei7WqcVRxX5O1h0lmmLGOuWtEea6PXLN0QXuwkk99"),
    PillowGolden(
      width: 5, height: 7,
      resized:
        "DhIXHCEmKy8WGiAlKzA2OR8jKS40OkBEJysyOD5ES08vNDtCSE5VWjg9REtRWGBlQEVNVFxjam9ITlZdZW11eisvNDk+Q0hMMzc9"
        + "QkhNU1Y8QEZLUVddYURIT1VbYWhsTFFYX2VrcndVWmFobnV9gl1ianF5gIeMZWtzeoKKkpdITFFWW2BlaVBUWl9lanBzWV1jaG50"
        + "en5hZWxyeH6FiWludXyCiI+Ucnd+hYuSmp96f4eOlp2kqYKIkJefp6+0"),
    PillowGolden(
      width: 100, height: 33,
      resized:
        "dW95g4d9jn6Cfn6DhYF8hoN9f31+foOFgIV+foR+foF6e4GChX2AgXx+iX94fH2Af36Efnd8e3uDeX6Ff3l9e2x+hoiAjHt+eICD"
        + "gHqDgX6DeYSCenyAf4d+gnx7g4CCfn59gXqAhYZ5goh8eoV8gXt6gX95f3aCgYCGhHp2dnZ8h4iHiYR7g3yAgoF/fX6ChoF/gYWF"
        + "fISJfX9+f4V/f3+Bg4GAhHyJe4eJeoOEgIKEhIODh32Ig4iCfn9/hYt3"),
    PillowGolden(
      width: 8, height: 8,
      resized:
        "AAcOFRwjKjENFR0lLTU9RRojLDU+R1BZJzE7RU9ZY200P0pVYGt2gUFNWWVxfYmVTltodYKPnKlbaXeFk6GvvR0kKzI5QEdOKjI6"
        + "QkpSWmI3QElSW2RtdkROWGJsdoCKUVxncn2Ik55eanaCjpqmsmt4hZKfrLnGeIaUorC+zNo6QUhPVl1ka0dPV19nb3d/VF1mb3iB"
        + "ipNha3V/iZOdp255hI+apbC7e4eTn6u3w8+IlaKvvMnW45Wjsb/N2+n3"),
  ]

  /// 16 x 12 pixels, colours at half the resolution.
  static let colourFile =
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU"
    + "FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU"
    + "FBQUFBQUFBT/wAARCAAMABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAeEAAABQUBAAAAAAAAAAAAAAAAAgUR"
    + "IwQGBxKhMv/EABUBAQEAAAAAAAAAAAAAAAAAAAEG/8QAGBEAAgMAAAAAAAAAAAAAAAAAAAYEIjH/2gAMAwEAAhEDEQA/AIoiYtbW"
    + "HgfImLfMPBY0W3qJyxB8i29RMWIDc6SbaTaI3SKaf//Z"

  /// `colourFile` decoded: `[12, 16, 3]`.
  static let colourPixels =
    "Fh+8HB+6JyG3NCGxQSGqTiGiWyCeZiGYbyGReiGLhyGHlCGAoSF4riByuCFuvyNtGyu+ICy8LC25OC6zRi2sUy2mXi2gaS6adC2V"
    + "fy2Piy6Jly6Cpi16sS50vS5wxC9vGjy6ID66Kz62Nz6wRT6oUj2iXj+caT+VdD+Rfj6Ki0CFmD9/pT52sj1xvj5uw0BsGE21Hk60"
    + "K0+wNk+rRE6lUU6dXE+XaE+Rck6Lfk+FiU+Blk95pE5xsU5rvE5nwlBnF16wHl+vKl+rNWClQ1+eUF+YXF+SZ2CMcmCGfWB/iGB7"
    + "lWB0o19sr2BmumBiwWFiGG2tHnCsKXCoNnCiQ26ZTm+SXG+PZ26Icm+CfHB8iXB2lm9wpG9pr29ju29fwHJeG32qH3+pK3+kNn+f"
    + "RX6ZUX6RXn6NZ36GdH+Bfn96i351mH5tpn1nsX5hvX5bwoFbG42oII6lK46jOI6dRY6VUY2OX42KaY2Dc459f453i45xmI5rpo1k"
    + "so5evY5axJBXGp2lIZ6iLJ6fN56aRZ2RUpyLX52Eap1+dJ56f550jZ9vmp9ppp5gsp1avp1Ww59TGqyhH62dKq2bN62VRKuNUauH"
    + "X6yAaa16c6x1f61vja1qmK5jpaxcsa1UvK1Swq5PGr2eIb+cLb+aN76TRb6LUr2FYL9/a754dr50gL9ujb9omr9gqL5asr5Sv79R"
    + "w8BNHcieJMmeLsqaOsmTSMiNVciFYsh/bch5d8l0gsltkMlqnMliqclatchUv8lPxspP"

  static let greyFile =
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU"
    + "FRUVDA8XGBYUGBIUFRT/wAALCAAMABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAeEAAABQUBAAAAAAAAAAAAAAAAAgUR"
    + "IwQGBxKhMv/aAAgBAQAAPwCKImLW1h4HyJi3zDwWNFt6icsQfItvUTFiH//Z"

  /// `greyFile` decoded and converted to RGB.
  static let greyPixels =
    "Li4uMDAwNDQ0Nzc3Ojo6PT09QEBAQ0NDRUVFSEhIS0tLTk5OUVFRVFRUV1dXWlpaNzc3OTk5PT09QEBAQ0NDRkZGSUlJTExMTk5O"
    + "UVFRVFRUV1dXWlpaXV1dYGBgY2NjQEBAQ0NDRkZGSUlJTExMT09PU1NTVVVVWFhYWlpaXl5eYWFhY2NjZmZmampqbGxsSUlJS0tL"
    + "T09PUlJSVVVVWFhYW1tbXl5eYGBgY2NjZmZmaWlpbGxsb29vcnJydXV1UlJSVVVVWFhYW1tbXl5eYWFhZGRkZ2dnampqbGxsb29v"
    + "cnJydXV1eHh4e3t7fn5+W1tbXl5eYWFhZGRkZmZmaWlpbW1tb29vcnJydXV1eHh4e3t7fn5+gYGBhISEh4eHZWVlZ2dnampqbW1t"
    + "cHBwc3NzdnZ2eHh4fHx8fn5+gYGBhISEh4eHioqKjY2NkJCQbm5ucHBwc3NzdnZ2eXl5e3t7f39/gYGBhISEh4eHioqKjY2NkJCQ"
    + "k5OTlpaWmZmZd3d3eXl5fHx8f39/gYGBhISEiIiIioqKjY2NkJCQlJSUl5eXmZmZnJycn5+foaGhf39/gYGBhISEh4eHiYmJjIyM"
    + "kJCQk5OTlZWVmJiYnJycn5+foaGhpKSkp6enqampiYmJjIyMj4+PkZGRlJSUl5eXm5ubnZ2doKCgo6OjpqamqamprKysrq6usrKy"
    + "tLS0kJCQk5OTlpaWmJiYm5ubnp6eoaGhpKSkp6enqampra2tsLCws7OztbW1uLi4u7u7"

  static let cmykFile =
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUV"
    + "FQwPFxgWFBgSFBUU/8AAFAgADAAQBEMRAE0RAFkRAEsRAP/EABgAAAMBAQAAAAAAAAAAAAAAAAAICQcG/8QAJBAAAQEECwAAAAAA"
    + "AAAAAAAAAAYHIkSBAwQFFhgjM1RkorH/2gAOBEMATQBZAEsAAD8AU9iUPIw/Dbxepsa3Umo+VTKAMSh5Bht4vUX9bqTUfAn+xKHk"
    + "UguLY+38O4W9fpsx4CgDEoeQXFsfb+C/rev02Y8B/9k="
}
