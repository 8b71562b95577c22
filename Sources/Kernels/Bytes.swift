/// Stored bytes become floats: `y[i] = x[i] · scale`.
package func convert(_ x: UnsafePointer<UInt8>, scale: Float, into y: UnsafeMutablePointer<Float>, count: Int) {
  for i in 0..<count { y[i] = Float(x[i]) * scale }
}
