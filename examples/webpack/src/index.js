import greeting from './greeting.txt'
import './index.html'

document.querySelector('#greeting').textContent = greeting.trim()
